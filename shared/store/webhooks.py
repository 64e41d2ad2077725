"""Subscriptions in the store, and the outbox: what happened, until it was made into deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from shared.codec import read, read_job
from shared.errors import TooManyWebhooks, WebhookNotFound
from shared.job import Job, Status
from shared.store import keys
from shared.store.connection import Argument, script, store_errors
from shared.store.events import Event
from shared.store.link import Link
from shared.webhooks import MOST_WEBHOOKS, Webhook

OUTBOX_LEASE = 5_000  # ms until another worker sees to the outbox
MOST_ENTRIES = 10  # of the outbox, in one reply: each holds some of what one call did (lua/outbox.lua says how much)
HEAVIEST_ENTRIES = 4 * 1024 * 1024  # bytes of them, unless the first has more
LAST_TIME, LONGEST_TIME = (1 << 48) - 1, 15  # ms, as far as ids can tell; digits
WRITTEN, TOO_MANY = 1, -1

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Webhook).decode
_decode_lines = msgspec.json.Decoder(Event).decode_lines


@dataclass(frozen=True)
class Posted:
    """Some of what one call left in the outbox, at a time (ms since the epoch).

    Events that some subscription wants, and jobs whose callers wait for their end.
    """

    id: str
    at: int
    events: Sequence[Event]
    ended: Sequence[Job]


async def find(link: Link, tenant: str, id: str) -> Webhook:
    """A subscription. Raises `WebhookNotFound`."""
    with store_errors():
        found = read(_decode, await link.redis.get(keys.webhook(tenant, id)), "a webhook")
    if found is None:
        raise WebhookNotFound(id)
    return found


async def every(link: Link, tenant: str) -> list[Webhook]:
    """All of a tenant, the oldest first."""
    with store_errors():
        ids = [id.decode() for id in await link.redis.zrange(keys.webhooks(tenant), 0, -1)]
        records = await link.redis.mget([keys.webhook(tenant, id) for id in ids]) if ids else []
    found = (read(_decode, record, "a webhook") for record in records)
    return [hook for hook in found if hook is not None]


async def add(link: Link, hook: Webhook) -> Webhook:
    """Keep a new one, whose `rev` is 0. Raises `TooManyWebhooks`."""
    written = replace(hook, rev=1)
    if await _save(link, hook, _encode(written)) == TOO_MANY:
        raise TooManyWebhooks(MOST_WEBHOOKS)
    return written


async def change(link: Link, tenant: str, id: str, verb: Callable[[Webhook], Webhook]) -> Webhook:
    """Apply a function, anew to the fresh record whenever another write came first. Raises `WebhookNotFound`."""
    while True:
        hook = await find(link, tenant, id)
        changed = verb(hook)
        if changed is hook:
            return hook
        written = replace(changed, rev=hook.rev + 1)
        if await _save(link, hook, _encode(written)) == WRITTEN:
            return written


async def remove(link: Link, tenant: str, id: str) -> None:
    """Forget one. Raises `WebhookNotFound`."""
    while await _save(link, await find(link, tenant, id), b"") != WRITTEN:
        pass


async def take_outbox(link: Link, worker: str, seen: Sequence[str]) -> tuple[bool, list[Posted]]:
    """What stands in the outbox, but for what the worker has `seen` to; and whether it is for this worker to see to."""
    arguments: list[Argument] = [worker, OUTBOX_LEASE, MOST_ENTRIES, HEAVIEST_ENTRIES, *seen]
    (reply,) = await link.run((script("take_outbox"), arguments))
    return bool(reply[1]), [_posted(id.decode(), fields) for id, fields in reply[2]]


async def hold_outbox(link: Link, worker: str) -> bool:
    """The worker is still at what it has taken, for another lease. Answers False if another one sees to it by now."""
    (reply,) = await link.run((script("hold_outbox"), [worker, OUTBOX_LEASE]))
    return bool(reply[1])


async def _save(link: Link, hook: Webhook, text: bytes) -> int:
    arguments: list[Argument] = [hook.tenant, hook.id, hook.rev, text, MOST_WEBHOOKS, *Status]
    (reply,) = await link.run((script("save_webhook"), arguments))
    return int(reply[1])


def _posted(id: str, parts: Sequence[bytes]) -> Posted:
    """An entry, as far as it can be read: somebody else may have written it."""
    fields: Mapping[bytes, bytes] = dict(zip(parts[::2], parts[1::2], strict=False))
    events = read(_decode_lines, fields.get(b"events"), "an entry of the outbox") or []
    records = [read_job(value) for name, value in fields.items() if name.startswith(b"record")]
    written, told = int(id.partition("-")[0]), fields.get(b"at", b"")[:LONGEST_TIME]  # ids never go back, times may
    at = min(int(told), written, LAST_TIME) if told.isdigit() else min(written, LAST_TIME)
    return Posted(id, at, events, [job for job in records if job is not None])
