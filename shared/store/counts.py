"""What the charts show: how many jobs came and ended, how long they waited and ran, how many could run.

The scripts that submit, claim and write count as they go (lua/counts.lua), so nothing is scanned to draw a chart. Times
stand in histograms with five buckets to a factor of ten; a percentile of them is right to within a factor of 1.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.store import keys
from shared.store.connection import script, store_errors
from shared.store.link import Link

EVENTS = ("submitted", "completed", "failed", "cancelled", "retried", "lost")
PERCENTILES = (50, 95, 99)
MOST_TENANTS = 50  # that one call samples
NOT_SAMPLED = (None, None)

Histogram = Mapping[int, int]  # how many times fell into each bucket


@dataclass(frozen=True)
class Window:
    """The last so many steps of so many seconds; each of `keys.COUNTED`."""

    step: int
    points: int


WINDOWS: Mapping[str, Window] = {"hour": Window(60, 60), "day": Window(900, 96)}


@dataclass(frozen=True)
class Point:
    """One step of time, from `at` on (ms since the epoch)."""

    at: int
    events: Mapping[str, int]  # by `EVENTS`
    wait: Histogram
    run: Histogram
    depth: int | None  # how many jobs could run; None if nobody looked
    oldest_wait: float | None  # seconds since the oldest of them was due; None if there was none


async def sample(link: Link) -> int:
    """Write down how many jobs of each tenant can run now. Answers how many tenants there are."""
    with store_errors():
        tenants = sorted(await link.redis.execute_command("SMEMBERS", keys.TENANTS))
    for some in _in_parts(tenants):
        await link.run((script("sample"), some))
    return len(tenants)


async def read(link: Link, tenant: str, window: Window) -> list[Point]:
    """The steps of a window, the oldest first; the last one is not over."""
    last = link.now() // (1000 * window.step)
    numbers = range(last - window.points + 1, last + 1)
    pipe = link.redis.pipeline(transaction=False)
    for number in numbers:
        pipe.execute_command("HGETALL", keys.counts(tenant, window.step, number))
        pipe.execute_command("HMGET", keys.samples(window.step, number), keys.SAMPLED, tenant)
    with store_errors():
        replies = await pipe.execute(raise_on_error=False)
    counted = [reply if isinstance(reply, dict) else {} for reply in replies[::2]]  # keys of another kind count nothing
    sampled = [reply if isinstance(reply, list) else NOT_SAMPLED for reply in replies[1::2]]
    return [
        _point(number * window.step * 1000, fields, *sample)
        for number, fields, sample in zip(numbers, counted, sampled, strict=True)
    ]


def percentile(histogram: Histogram, percent: float) -> float | None:
    """Seconds within which so many of a hundred fell; None of nothing.

    Within a bucket, times are taken to be spread evenly on a scale of logarithms.
    """
    left = sum(histogram.values()) * percent / 100
    for bucket in sorted(histogram):
        if left <= histogram[bucket]:
            return _within(bucket, left / histogram[bucket])
        left -= histogram[bucket]
    return None


def _within(bucket: int, part: float) -> float:
    if bucket == 0:
        return part / 1000
    return float(10 ** ((bucket - 1 + part) / keys.TIMES_A_DECADE)) / 1000


def _in_parts(tenants: Sequence[bytes]) -> list[Sequence[bytes]]:
    """One at least: that nobody has jobs is to be written down, too."""
    return [tenants[start : start + MOST_TENANTS] for start in range(0, max(1, len(tenants)), MOST_TENANTS)]


def _point(at: int, fields: Mapping[bytes, bytes], sampled: bytes | None, found: bytes | None) -> Point:
    depth, oldest = map(int, found.split()) if found else (0, 0)
    return Point(
        at=at,
        events={event: int(fields.get(event.encode(), 0)) for event in EVENTS},
        wait=_histogram(fields, b"wait:"),
        run=_histogram(fields, b"run:"),
        depth=depth if sampled else None,
        oldest_wait=oldest / 1000 if depth else None,
    )


def _histogram(fields: Mapping[bytes, bytes], what: bytes) -> Histogram:
    return {int(name.removeprefix(what)): int(times) for name, times in fields.items() if name.startswith(what)}
