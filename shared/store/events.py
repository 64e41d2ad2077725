"""What happened to jobs, as the store tells it: a stream of the newest events, each with its number; lua/events.lua."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw, Struct
from redis.asyncio import Redis

from shared.store import keys
from shared.store.connection import store_errors

PROGRESS, LOG = "progress", "log"  # what an event tells, if not the job's new status
MOST_ENTRIES = 100  # in one reply
BLOCK = 1000  # ms: well within the socket's timeout


class Event(Struct, frozen=True, array_like=True):
    """Something that happened to a job: it has a new status, or told of its work."""

    job_id: str
    what: str  # its status, or `PROGRESS`, or `LOG`
    type: str
    tenant: str
    queue: str
    rev: int  # of the record
    tags: tuple[str, ...]
    more: Raw = Raw(b"null")  # what it told


@dataclass(frozen=True)
class Entry:
    """What one call did: its events, the number of the first of them, and when (ms since the epoch)."""

    first: int
    at: int
    events: Sequence[Event]


_decode_lines = msgspec.json.Decoder(Event).decode_lines


async def kept(redis: Redis) -> list[Entry]:
    """All that the store still has."""
    with store_errors():
        return _entries(await redis.xrange(keys.EVENTS))


async def later(redis: Redis, number: int) -> list[Entry]:
    """What comes after the event of that number; waits for a second if nothing has come."""
    with store_errors():
        found = await redis.xread({keys.EVENTS: f"{number}-1"}, count=MOST_ENTRIES, block=BLOCK)
    return _entries(found[0][1]) if found else []


async def newest(redis: Redis) -> int:
    """The number of the newest event; 0 if there never was one."""
    with store_errors():
        return int(await redis.get(keys.EVENT_COUNT) or 0)


def _entries(found: Sequence[tuple[bytes, dict[bytes, Any]]]) -> list[Entry]:
    return [
        Entry(int(id.partition(b"-")[0]), int(fields[b"at"]), _decode_lines(fields[b"events"])) for id, fields in found
    ]
