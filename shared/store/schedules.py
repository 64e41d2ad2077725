"""Schedules in the store: each is one record, which is written, with its jobs, only if nobody wrote it since."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from shared.codec import read
from shared.queue import arq_job
from shared.schedules import HEAVIEST, Entry, Schedule, Step, look_at
from shared.store import keys, needs, submitting
from shared.store.connection import Argument, script, store_errors
from shared.store.link import Link
from shared.store.submitting import NOT_ONCE

MOST = 50  # that one worker takes at a time
LEASE = 4_000  # ms until another one takes them: those of a worker that was lost are still on time then
OUT_OF_ORDER = 60_000  # ms after which to look again at one with which something is wrong

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Schedule).decode
_decode_entry = msgspec.json.Decoder(Entry).decode


@dataclass(frozen=True)
class Up:
    """A schedule that has something to do. `is_busy`: its last job has not ended."""

    schedule: Schedule
    is_busy: bool


async def save(link: Link, step: Step, *, look_again: int | None = None) -> bool:
    """Write a schedule, what became of its ticks, and their jobs, in one step. Answers whether: nobody has before.

    Its `rev` is one more than that which it must have in the store. `look_again`: when (ms), if not as it says itself.
    """
    schedule, now = step.schedule, link.now()
    await needs.note_again(link, step.jobs, schedule)
    due = look_at(schedule, now) if look_again is None else look_again
    arguments = _arguments(schedule, _encode(schedule), due or 0)
    arguments += [len(step.entries), *map(_encode, step.entries)]
    if step.jobs:
        arguments += submitting.arguments(arq_job(now), step.jobs, NOT_ONCE)
    (reply,) = await link.run((script("save_schedule"), arguments))
    return bool(reply[1])


async def remove(link: Link, schedule: Schedule) -> bool:
    """Forget a schedule and its history, unless somebody wrote it since. Its jobs stay."""
    arguments = [*_arguments(schedule, b"", 0), 0]
    arguments[2] = schedule.rev
    (reply,) = await link.run((script("save_schedule"), arguments))
    return bool(reply[1])


async def take(link: Link) -> tuple[list[Up], bool]:
    """Schedules that have something to do, which nobody else gets for a while; and whether there may be more."""
    (reply,) = await link.run((script("take_schedules"), [MOST, HEAVIEST, LEASE]), repeatable=False)
    found = list(zip(reply[1::3], reply[2::3], reply[3::3], strict=True))
    up = []
    for id, record, is_busy in found:
        schedule = read(_decode, record, "a schedule")
        if schedule is not None:
            up.append(Up(schedule, bool(is_busy)))
        elif record:
            with store_errors():
                await link.redis.zrem(keys.SCHEDULES, id)
    return up, bool(found)


async def find(link: Link, tenant: str, id: str) -> Schedule | None:
    """A schedule of the tenant; None if there is none."""
    with store_errors():
        found = read(_decode, await link.redis.get(keys.SCHEDULE + id), "a schedule")
    return found if found is not None and found.tenant == tenant else None


async def page(link: Link, tenant: str, size: int, after: str = "") -> tuple[list[Schedule], str | None]:
    """So many of the tenant's schedules, the newest first, and after which the next page begins, if there is one."""
    with store_errors():
        ids = await link.redis.zrevrangebylex(keys.schedules(tenant), f"({after}" if after else "+", "-", 0, size + 1)
        records = await link.redis.mget([keys.SCHEDULE + id.decode() for id in ids[:size]]) if ids else []
    found = (read(_decode, record, "a schedule") for record in records)
    next = ids[size - 1].decode() if len(ids) > size else None
    return [schedule for schedule in found if schedule is not None and schedule.tenant == tenant], next


async def history(link: Link, id: str) -> list[Entry]:
    """What became of a schedule's ticks, the newest first."""
    with store_errors():
        texts: Sequence[bytes] = await link.redis.lrange(keys.TICKS + id, 0, -1)  # type: ignore[misc]  # its stub
    entries = (read(_decode_entry, text, "an entry of a schedule's history") for text in texts)
    return [entry for entry in entries if entry is not None]


def _arguments(schedule: Schedule, record: bytes, due: int) -> list[Argument]:
    return [schedule.id, keys.schedules(schedule.tenant), schedule.rev - 1, record, due]
