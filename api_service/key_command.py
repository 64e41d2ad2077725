"""`python -m api_service keys ...`: makes, lists, rotates and revokes API keys. Each is shown once, when it is made."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from api_service.access import Role
from api_service.answers import encode
from api_service.authentication import is_key_id, new_key, role_of
from api_service.views import rfc3339
from shared.errors import KeyNotFound, Misconfigured, StoreUnavailable
from shared.names import NAME_RULE, is_tenant
from shared.settings import Settings
from shared.store import api_keys
from shared.store.api_keys import ApiKey
from shared.store.link import Link

DAY = 86_400.0  # seconds
HOUR = 3_600.0
LONGEST = 36_500.0  # days
MOST_NAME = 100  # characters

Command = argparse.Namespace


def run(arguments: Sequence[str], settings: Settings) -> int:
    """The exit status: 0, 1 for a key that is not there, 69 (EX_UNAVAILABLE) while the store is away.

    Raises `Misconfigured`, and `SystemExit` for a command that is none.
    """
    asked = _parser().parse_args(arguments)
    if not settings.pepper:
        raise Misconfigured(
            "DMPS_PEPPER is not set: without it there are no API keys. openssl rand -hex 32 makes a good one."
        )
    try:
        asyncio.run(_perform(asked, settings))
    except KeyNotFound as error:
        sys.stderr.write(f"{error} `keys list` shows those there are.\n")
        return 1
    except StoreUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_UNAVAILABLE
    return os.EX_OK


async def _perform(asked: Command, settings: Settings) -> None:
    link = Link.to(settings.redis_url)
    try:
        await link.synchronise()
        await asked.perform(asked, link, settings.pepper)
    finally:
        await link.close()


async def _create(asked: Command, link: Link, pepper: str) -> None:
    lifetime = None if asked.expires_in is None else asked.expires_in * DAY
    role = Role[asked.role.upper()]
    token, key = new_key(pepper, link.now(), asked.tenant, role, name=asked.name, lifetime=lifetime)
    await api_keys.add(link, key)
    _show_once(asked, token, key)


async def _rotate(asked: Command, link: Link, pepper: str) -> None:
    old = await api_keys.find(link, asked.id)
    if old is None:
        raise KeyNotFound(asked.id)
    token, new = new_key(pepper, link.now(), old.tenant, role_of(old), name=old.name, lifetime=old.lifetime)
    ending = await api_keys.supersede(link, old, new, asked.overlap * HOUR)
    _show_once(asked, token, new)
    sys.stderr.write(f"The old one, {old.id}, is valid until {rfc3339(ending.expires_at)}.\n")


async def _revoke(asked: Command, link: Link, _: str) -> None:
    await api_keys.revoke(link, asked.id)
    if asked.json:
        sys.stdout.buffer.write(encode({"id": asked.id, "revoked": True}) + b"\n")
        return
    sys.stderr.write(f"{asked.id} opens nothing any more, after a second at the latest.\n")


async def _list(asked: Command, link: Link, _: str) -> None:
    if asked.json:
        sys.stdout.buffer.write(encode([_described(key) for key in await api_keys.every(link)]) + b"\n")
        return
    columns = ("ID", "TENANT", "ROLE", "CREATED", "EXPIRES", "ENDS IN", "SUCCESSOR", "NAME")
    rows = [columns, *(_row(key) for key in await api_keys.every(link))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        sys.stdout.write("  ".join(map(str.ljust, row, widths)).rstrip() + "\n")


def _row(key: ApiKey) -> tuple[str, ...]:
    expires = rfc3339(key.expires_at) or "never"
    times = (rfc3339(key.created_at) or "", expires)
    return (key.id, key.tenant, key.role, *times, f"...{key.last}", key.successor or "-", key.name or "-")


def _described(key: ApiKey) -> dict[str, str | None]:
    """For programs: everything but the secret, of which nobody knows more than the end."""
    return {
        "id": key.id,
        "tenant": key.tenant,
        "role": key.role,
        "name": key.name,
        "createdAt": rfc3339(key.created_at),
        "expiresAt": rfc3339(key.expires_at),
        "last": key.last,
        "successor": key.successor or None,
    }


def _show_once(asked: Command, token: str, key: ApiKey) -> None:
    """The key alone on standard output, for scripts; what to know of it on standard error, for people."""
    if asked.json:
        sys.stdout.buffer.write(encode({"key": token, **_described(key)}) + b"\n")
        return
    sys.stdout.write(f"{token}\n")
    until = "for ever" if key.expires_at is None else f"until {rfc3339(key.expires_at)}"
    sys.stderr.write(f"A key of tenant {key.tenant}, with the role {key.role}, valid {until}. It is not shown again.\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api_service keys", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="JSON, for programs")
    create = verbs.add_parser("create", parents=[shared], help="make a key, and show it")
    create.add_argument("--tenant", required=True, type=_tenant, help="whose jobs and files it opens")
    create.add_argument("--role", required=True, choices=[role.name.lower() for role in Role], help="what it may do")
    create.add_argument("--name", default="", type=_name, help="what you call it, for `list`")
    create.add_argument("--expires-in", type=_days, metavar="DAYS", help="after so many days it is no key any more")
    create.set_defaults(perform=_create)
    rotate = verbs.add_parser(
        "rotate", parents=[shared], help="make a key that takes the place of another one, and show it"
    )
    rotate.add_argument("id", type=_id, help="its id")
    rotate.add_argument(
        "--overlap", type=_hours, default=24.0, metavar="HOURS", help="the old one lives so long beside it (24)"
    )
    rotate.set_defaults(perform=_rotate)
    revoke = verbs.add_parser("revoke", parents=[shared], help="end a key, within a second")
    revoke.add_argument("id", type=_id, help="its id")
    revoke.set_defaults(perform=_revoke)
    verbs.add_parser("list", parents=[shared], help="show the keys that live").set_defaults(perform=_list)
    return parser


def _id(text: str) -> str:
    if not is_key_id(text):  # perhaps it is the key itself: it is not to be repeated
        raise argparse.ArgumentTypeError("the id of a key is the 16 hexadecimal digits after dmps_")
    return text


def _tenant(text: str) -> str:
    if not is_tenant(text):
        raise argparse.ArgumentTypeError(f"a tenant is called by {NAME_RULE}, and by no word that our keys begin with")
    return text


def _name(text: str) -> str:
    if len(text) > MOST_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(f"at most {MOST_NAME} characters that can be printed")
    return text


def _days(text: str) -> float:
    return _number(text, LONGEST)


def _hours(text: str) -> float:
    return _number(text, LONGEST, least=0.0)


def _number(text: str, most: float, least: float = 1e-5) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
    return number
