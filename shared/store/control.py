"""What of queues and types is paused or limited, orders to workers, and what stands before a job that waits."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis

from shared.codec import read
from shared.job import Job
from shared.store import keys
from shared.store.connection import Argument
from shared.store.fleet import SEEN_WITHIN
from shared.store.views import NO_LIMITS, Limits, Outlook, Rates

FLOW_BUCKET = 1_000  # ms, as in lua/record.lua
BUCKETS = 60  # a minute

_decode_limits = msgspec.json.Decoder(Limits).decode


def of_queue(name: str) -> str:
    """The subject of a queue's limits."""
    return f"queue:{name}"


def of_type(name: str) -> str:
    """The subject of a job type's limits."""
    return f"type:{name}"


def limits_arguments(subject: str, changes: Mapping[str, Any]) -> list[Argument]:
    """For `set_limits.lua`. What is null or false goes."""
    return [subject, msgspec.json.encode({name: value or None for name, value in changes.items()})]


def order_arguments(worker: str, order: Mapping[str, Any]) -> list[Argument]:
    """For `order.lua`."""
    return [keys.ORDERS + worker, msgspec.json.encode(order)]


def outlook_arguments(job: Job) -> list[Argument]:
    """For `outlook.lua`."""
    return [job.id, SEEN_WITHIN, BUCKETS]


async def limits(redis: Redis) -> dict[str, Limits]:
    """All limits in force, by subject."""
    return limits_by_subject(await redis.execute_command("HGETALL", keys.LIMITS))


def limits_by_subject(fields: Mapping[bytes, bytes]) -> dict[str, Limits]:
    """The limits of all subjects that have some."""
    return {field.decode(errors="replace"): read_limits(text) for field, text in fields.items()}


def read_limits(text: bytes) -> Limits:
    """The limits of one subject. What somebody else than us wrote there is none."""
    return read(_decode_limits, text, "limits") or NO_LIMITS


def read_outlook(reply: Sequence[int]) -> Outlook:
    """What `outlook.lua` answers."""
    now, before, may_begin, *flow = reply
    flows = list(zip(flow[::2], flow[1::2], strict=True))
    return Outlook(now, None if before < 0 else before, bool(may_begin), rates(flows, now))


def rates(flows: Sequence[tuple[int, int]], now: int) -> Rates:
    """Of jobs that came in and left, by bucket, the newest first.

    Over the last minute, or since the first of them moved: what is young is not spread over the minute.
    """
    moved = [age for age, flow in enumerate(flows) if any(flow)]
    if not moved:
        return Rates(0.0, 0.0)
    since = (now // FLOW_BUCKET - moved[-1]) * FLOW_BUCKET
    seconds = max(now - since, FLOW_BUCKET) / 1000
    return Rates(sum(into for into, _ in flows) / seconds, sum(out for _, out in flows) / seconds)
