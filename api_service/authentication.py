"""Who calls, by the API key that a request shows. RFC 6750 says how one is shown, and how it is refused.

What the store says of a key is believed for half a second, so that one which was revoked opens nothing after a second
at the latest; what it has opened, a stream of events perhaps, ends as soon.
"""

import asyncio
import hmac
import re
import secrets
import time
from collections.abc import Callable

from aiohttp import web

from api_service import sessions
from api_service.access import REVOKED, SESSION, Caller, Role
from api_service.problems import Problem
from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.store import api_keys
from shared.store.api_keys import ApiKey
from shared.store.link import Link

BELIEVED = 0.5  # seconds
LONGEST = 5.0  # seconds that are left to an answer that has not begun
MOST_KNOWN = 10_000  # keys, and ids that are none
CHALLENGE = 'Bearer realm="dmps"'
SECRET_BYTES = 32
SHOWN = 4  # characters of a secret that stay known

_ID = re.compile("[0-9a-f]{16}")
_TOKEN = re.compile(f"dmps_({_ID.pattern})_[A-Za-z0-9_-]{{43}}")
_NO_DIGEST = "0" * 64


def new_key(
    pepper: str, now: int, tenant: str, role: Role, *, name: str = "", lifetime: float | None = None
) -> tuple[str, ApiKey]:
    """A key as its holder shows it, with a secret of 256 bits, and as the store keeps it. `lifetime` is in seconds."""
    id = secrets.token_hex(8)
    token = f"dmps_{id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return token, ApiKey(
        id=id,
        tenant=tenant,
        role=role.name.lower(),
        digest=digest(pepper, token),
        last=token[-SHOWN:],
        created_at=now,
        name=name,
        lifetime=lifetime,
        expires_at=None if lifetime is None else now + round(lifetime * 1000),
    )


def role_of(key: ApiKey) -> Role:
    """What its holder may do. Raises `KeyError` for a role that is none."""
    return Role[key.role.upper()]


def is_key_id(text: str) -> bool:
    """Whether a text could be the id of a key."""
    return _ID.fullmatch(text) is not None


def digest(pepper: str, token: str) -> str:
    """What the store keeps of a key: nobody who can read, or even write, the store alone can make one of it."""
    return hmac.digest(pepper.encode(), token.encode(), "sha256").hex()


class Authentication:
    """Knows callers by their keys."""

    def __init__(self, link: Link, pepper: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._pepper = pepper
        self._clock = clock
        self._known: dict[str, tuple[float, ApiKey | None]] = {}  # when the store was asked, and what it said
        # What is under way, by the key that opened it: since when, and the request.
        self._served: dict[str, dict[int, tuple[float, web.Request]]] = {}

    async def caller(self, request: web.Request) -> Caller:
        """Who sent the request. Raises a 401 `Problem`, and `StoreUnavailable`."""
        if SESSION in request:
            return await self._signed_in(request[SESSION])
        shown = request.headers.get("Authorization", "")
        scheme, _, token = shown.partition(" ")
        if scheme.lower() != "bearer":
            detail = "This needs an API key: Authorization: Bearer dmps_..."
            raise Problem(401, "API key needed", detail, headers={"WWW-Authenticate": CHALLENGE})
        key = await self._verified(token.strip())
        if key is None:
            detail = "There is no such key, or it has expired or was revoked."
            challenge = f'{CHALLENGE}, error="invalid_token", error_description="{detail}"'
            raise Problem(401, "API key not valid", detail, headers={"WWW-Authenticate": challenge})
        return Caller(key.tenant, role_of(key), key.id)

    async def sign_in(self, token: str) -> str | None:
        """A session for the holder of a key, to be shown as `SESSION`; None if it is no key."""
        key = await self._verified(token.strip())
        return None if key is None else sessions.new_session(self._pepper, key, self._link.now())

    async def _signed_in(self, session: str) -> Caller:
        """A session lives no longer than its key."""
        id, _, _ = session.partition(".")
        key = await self._find(id) if is_key_id(id) else None
        if key is None or not self._lives(key) or not sessions.is_valid(self._pepper, key, session, self._link.now()):
            raise Problem(401, "API key needed", "The session is over.", headers={"WWW-Authenticate": CHALLENGE})
        return Caller(key.tenant, role_of(key), key.id)

    def begins(self, request: web.Request, caller: Caller) -> None:
        """The request is served from now on."""
        self._served.setdefault(caller.key, {})[id(request)] = self._clock(), request

    def ends(self, request: web.Request, caller: Caller) -> None:
        """It is served no more."""
        served = self._served[caller.key]
        del served[id(request)]
        if not served:
            del self._served[caller.key]

    async def watch(self) -> None:
        """End what was opened by keys that are none any more, again and again."""
        while not was_cancelled():
            await asyncio.sleep(BELIEVED / 2)
            ids = list(self._served)
            try:
                living = await api_keys.of_ids(self._link, ids)
            except StoreUnavailable:
                continue  # it is not known: nobody can read anything then, either
            for id in ids:
                if id not in living:
                    self._end_all(id)

    def _end_all(self, key: str) -> None:
        """But for what has just begun, or has not begun to answer: that ends by itself, as one who waits then does."""
        now = self._clock()
        for since, request in self._served.get(key, {}).values():
            if REVOKED not in request:
                request[REVOKED] = now
            if request.transport is None or now - since < BELIEVED / 2:
                continue
            if request.writer.output_size or now - request[REVOKED] > LONGEST:
                request.transport.abort()

    async def _verified(self, token: str) -> ApiKey | None:
        """The key, if it is one. One of an unknown id takes the same way."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        key = await self._find(found[1])
        expected = _NO_DIGEST if key is None else key.digest
        is_right = hmac.compare_digest(digest(self._pepper, token).encode(), expected.encode())
        return key if is_right and key is not None and self._lives(key) else None

    def _lives(self, key: ApiKey) -> bool:
        return key.role.upper() in Role.__members__ and (key.expires_at is None or key.expires_at > self._link.now())

    async def _find(self, id: str) -> ApiKey | None:
        now = self._clock()
        asked, key = self._known.get(id, (-BELIEVED, None))
        if now - asked < BELIEVED:
            return key
        key = await api_keys.find(self._link, id)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[id] = now, key
        return key
