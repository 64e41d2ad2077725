"""A statistic of every stretch of neighbours in a series; exact, rounded once, in one pass."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from worker_service.processors import JobContext
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation

Number = int | float


def window(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """One value for each stretch of `size` neighbours, n - size + 1 in all."""
    sample = Sample.of(payload["numbers"])
    return {"values": list(STATISTICS[payload["statistic"]](sample, payload["size"]))}


def _sums(units: Sequence[int], size: int) -> Iterator[int]:
    total = sum(units[:size])
    yield total
    for leaving, coming in zip(units, units[size:], strict=False):
        total += coming - leaving
        yield total


def _sum(sample: Sample, size: int) -> Iterator[Number]:
    return (sample.figure(total) for total in _sums(sample.units, size))


def _mean(sample: Sample, size: int) -> Iterator[Number]:
    return (sample.figure(total, size) for total in _sums(sample.units, size))


def _std(sample: Sample, size: int) -> Iterator[Number]:
    """sqrt((k sum(x**2) - sum(x)**2) / (k (k - 1))), the sample deviation; of integers, so nothing cancels."""
    squares = _sums([unit * unit for unit in sample.units], size)
    for total, square in zip(_sums(sample.units, size), squares, strict=True):
        yield sample.root_of_squares(size * square - total * total, size * (size - 1))


def _extreme(sample: Sample, size: int, sign: int) -> Iterator[Number]:
    """The smallest (sign 1) or largest (-1): those that may yet be it wait in order, each enters and leaves once."""
    waiting: deque[int] = deque()
    for place, unit in enumerate(sample.units):
        while waiting and sign * sample.units[waiting[-1]] >= sign * unit:
            waiting.pop()
        waiting.append(place)
        if waiting[0] <= place - size:
            waiting.popleft()
        if place >= size - 1:
            yield sample.figure(sample.units[waiting[0]])


def _median(sample: Sample, size: int) -> Iterator[Number]:
    ordered: list[int] = []
    for place, unit in enumerate(sample.units):
        insort(ordered, unit)
        if len(ordered) > size:
            del ordered[bisect_left(ordered, sample.units[place - size])]
        if len(ordered) == size:
            yield sample.figure(ordered[(size - 1) // 2] + ordered[size // 2], 2)


STATISTICS: Mapping[str, Callable[[Sample, int], Iterator[Number]]] = {
    "mean": _mean,
    "min": lambda sample, size: _extreme(sample, size, 1),
    "max": lambda sample, size: _extreme(sample, size, -1),
    "sum": _sum,
    "median": _median,
    "std": _std,
}

OPERATIONS: dict[str, Operation] = {"window": window}
