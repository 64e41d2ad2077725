"""How the queues stand: how deep they are, since when their jobs wait, how fast they go, who serves them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.job import DEFAULT_QUEUE, Priority, Status
from shared.queue import queue_key
from shared.store import control, keys
from shared.store.views import NO_LIMITS, Limits, QueueInfo, Rates, WorkerInfo

FIRST_TIME = 10**12  # ms, in 2001: a lower score in a queue is no time (lua/claim.lua)

_DEPTH = re.compile(rf"queue:([^:]+):({'|'.join(Status)})")
_ASIDE = re.compile(r"dmps:[a-z]+:([^|]+)\|(.+)")

Depths = Mapping[str, Mapping[Status, int]]  # by the names of queues


@dataclass(frozen=True)
class _Overview:
    """What is known of all queues together."""

    depths: Depths
    limits: Mapping[str, Limits]  # by subject
    asides: Sequence[str]  # keys
    flows: Sequence[Mapping[bytes, bytes]]  # by bucket, the newest first
    crew: Sequence[WorkerInfo]  # who claims


@dataclass(frozen=True)
class _Waiting:
    """Jobs of a queue that are due, in one of its sets."""

    queue: str
    due: int
    oldest_due: int | None
    may_begin: bool


async def queues(redis: Redis, now: int, workers: Sequence[WorkerInfo], asked: Iterable[str]) -> list[QueueInfo]:
    """The queues that have jobs or limits, that a worker serves, or that are asked for, by name."""
    overview = await _overview(redis, now, workers)
    limited = {subject.removeprefix("queue:") for subject in overview.limits if subject.startswith("queue:")}
    served = {queue for worker in overview.crew for queue in worker.queues}
    names = sorted({DEFAULT_QUEUE, *asked, *served, *limited, *overview.depths})
    waiting = await _waiting(redis, now, names, overview)
    return [_info(name, now, overview, [found for found in waiting if found.queue == name]) for name in names]


async def _overview(redis: Redis, now: int, workers: Sequence[WorkerInfo]) -> _Overview:
    pipe = redis.pipeline(transaction=False)
    pipe.execute_command("HGETALL", keys.DEPTH)
    pipe.execute_command("HGETALL", keys.LIMITS)
    pipe.execute_command("SMEMBERS", keys.ASIDE)
    for age in range(control.BUCKETS):
        pipe.execute_command("HGETALL", f"{keys.FLOW}{now // control.FLOW_BUCKET - age}")
    depth, limits, asides, *flows = await pipe.execute()
    return _Overview(
        depths=_depths(depth),
        limits=control.limits_by_subject(limits),
        asides=[key.decode() for key in asides],
        flows=flows,
        crew=[worker for worker in workers if not worker.draining],
    )


def _depths(fields: Mapping[bytes, bytes]) -> Depths:
    """How many jobs each queue has, by status. One that has none any more is left out."""
    depths: dict[str, dict[Status, int]] = {}
    for field, count in fields.items():
        found = _DEPTH.fullmatch(field.decode(errors="replace"))
        if found and int(count) > 0:
            depths.setdefault(found[1], {})[Status(found[2])] = int(count)
    return depths


async def _waiting(redis: Redis, now: int, names: Sequence[str], overview: _Overview) -> list[_Waiting]:
    queue_of = {queue_key(name, priority): name for name in names for priority in Priority}
    sets = [(name, key, True) for key, name in queue_of.items()]
    for key in overview.asides:
        found = _ASIDE.fullmatch(key)
        if found and found[1] in queue_of:
            name = queue_of[found[1]]
            sets.append((name, key, _may_begin(name, found[2], overview)))
    pipe = redis.pipeline(transaction=False)
    for _, key, _ in sets:
        pipe.zcount(key, FIRST_TIME, now)
        pipe.zrange(key, FIRST_TIME, now, byscore=True, offset=0, num=1, withscores=True)
    replies = await pipe.execute()
    return [
        _Waiting(name, due, int(first[0][1]) if first else None, may_begin)
        for (name, _, may_begin), due, first in zip(sets, replies[::2], replies[1::2], strict=True)
    ]


def _may_begin(queue: str, type: str, overview: _Overview) -> bool:
    """Whether jobs of that type that wait aside are taken when a worker is free."""
    if overview.limits.get(control.of_type(type), NO_LIMITS).paused:
        return False
    return any(queue in worker.queues and type in worker.types for worker in overview.crew)


def _info(name: str, now: int, overview: _Overview, waiting: Sequence[_Waiting]) -> QueueInfo:
    return QueueInfo(
        name=name,
        limits=overview.limits.get(control.of_queue(name), NO_LIMITS),
        depth=overview.depths.get(name, {}),
        waiting=sum(found.due for found in waiting if found.may_begin),
        oldest_due=min((found.oldest_due for found in waiting if found.oldest_due is not None), default=None),
        rates=_rates(name, now, overview.flows),
        workers=sum(name in worker.queues for worker in overview.crew),
    )


def _rates(name: str, now: int, flows: Sequence[Mapping[bytes, bytes]]) -> Rates:
    into, out = f"in:{name}".encode(), f"out:{name}".encode()
    return control.rates([(int(flow.get(into, 0)), int(flow.get(out, 0))) for flow in flows], now)
