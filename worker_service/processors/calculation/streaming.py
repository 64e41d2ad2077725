"""`describe` and `histogram` of a file: in a few passes, in memory that does not grow with it.

The numbers of a file count as doubles, each the one nearest to what is written. Their sum, mean and order are exact for
those; the central moments are sums without rounding of deviations that are rounded, good to about 15 digits.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker_service import sources
from worker_service.processors import JobContext
from worker_service.processors.calculation.doubles import shown
from worker_service.processors.calculation.exact import rounded
from worker_service.processors.calculation.figures import plain
from worker_service.processors.calculation.reading import Source
from worker_service.processors.calculation.selection import select
from worker_service.processors.calculation.spool import Spool, Stopped
from worker_service.processors.calculation.sums import UNIT, exact_sum

Doubles = NDArray[np.float64]

_QUARTILES = (25, 50, 75)


def describe_file(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The same figures as for inline numbers."""
    return _with_spool(job, payload, _described)


def histogram_file(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The same bins as for inline numbers, but for the rounding of equal ones' edges to doubles."""
    return _with_spool(job, payload, _counted)


def _with_spool(
    job: JobContext, payload: dict[str, Any], compute: Callable[[Spool, dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    with sources.opened(job, payload) as (stored, content), Spool(job, stored.sha256) as spool:
        try:
            place = sources.place_of(payload, "")
            spool.fill(Source(content, payload["format"], payload.get("column", ""), place), stored.bytes)
            return compute(spool, payload)
        except Stopped:
            return {}


def _described(spool: Spool, payload: dict[str, Any]) -> dict[str, Any]:
    tally = spool.tally
    mean = Fraction(tally.total, tally.count << UNIT)
    quantile, passes = _quantiles(spool, "quantiles", spool.walk, [*_QUARTILES, *payload["percentiles"]])
    low, middle, high = (quantile[one] for one in _QUARTILES)
    centre = float(middle)
    mad, more = _quantiles(spool, "mad", lambda: (np.abs(chunk - centre) + 0.0 for chunk in spool.walk()), [50])
    return {
        "count": tally.count,
        "missing": tally.missing,
        "sum": _shown(Fraction(tally.total, 1 << UNIT)),
        "average": _shown(mean),
        "min": shown(tally.low),
        "max": shown(tally.high),
        "range": _shown(Fraction(tally.high) - Fraction(tally.low)),
        "median": _shown(middle),
        "percentiles": {plain(one): _shown(quantile[one]) for one in payload["percentiles"]},
        "iqr": _shown(high - low),
        "mad": _shown(mad[50]),
        **(spool.step("moments", lambda: _moments(spool, mean)) if tally.count > 1 else {}),
        "method": f"streamed as doubles, {2 + passes + more} passes",
    }


def _moments(spool: Spool, mean: Fraction) -> dict[str, Any]:
    """Of deviations from the mean, which is kept as the sum of two doubles; scaled so that no power overflows.

    The two-pass algorithm: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", American
    Statistician 37(3), 1983, with exact sums. Skewness and kurtosis are those of `describing.moments`.
    """
    near = float(mean)
    rest = float(mean - Fraction(near))
    count, exponent = spool.tally.count, math.frexp(max(abs(spool.tally.low), abs(spool.tally.high)))[1] + 1
    sums = [0, 0, 0]
    for numbers in spool.walk():
        scaled = np.ldexp(numbers, -exponent) - math.ldexp(near, -exponent) - math.ldexp(rest, -exponent)
        square = scaled * scaled
        for place, powers in enumerate((square, square * scaled, square * square)):
            sums[place] += exact_sum(powers)
    second, third, fourth = (Fraction(total, count << UNIT) for total in sums)
    variance = second * Fraction(4) ** exponent * count / (count - 1)
    spread = {"variance": _shown(variance), "stdev": shown(np.sqrt(float(variance)))}
    if not second:
        return spread
    skewness = float(third) / math.pow(float(second), 1.5)
    return {**spread, "skewness": shown(skewness), "kurtosis": _shown(fourth / second**2 - 3)}


def _quantiles(
    spool: Spool, name: str, walk: Callable[[], Iterator[Doubles]], percents: Sequence[int | Decimal]
) -> tuple[dict[int | Decimal, Fraction], int]:
    """By linear interpolation at the rank (n - 1) percent / 100, exactly: type 7, as in `figures.interpolated`."""
    ranks = {percent: (spool.tally.count - 1) * Fraction(percent) / 100 for percent in percents}
    wanted = sorted({place for rank in ranks.values() for place in (math.floor(rank), math.ceil(rank))})
    numbers, passes = spool.step(name, lambda: _selected(walk, wanted))
    found = dict(zip(wanted, numbers, strict=True))
    values = {}
    for percent, rank in ranks.items():
        below, above = Fraction(found[math.floor(rank)]), Fraction(found[math.ceil(rank)])
        values[percent] = below + (above - below) * (rank - math.floor(rank))
    return values, passes


def _selected(walk: Callable[[], Iterator[Doubles]], wanted: Sequence[int]) -> tuple[list[float], int]:
    """The numbers of these ranks, and in how many passes they were found; as JSON can hold it."""
    found, passes = select(walk, wanted)
    return [found[rank] for rank in wanted], passes


def _counted(spool: Spool, payload: dict[str, Any]) -> dict[str, Any]:
    tally = spool.tally
    given = payload.get("edges")
    edges = np.array([float(edge) for edge in given] if given else _equal_edges(tally.low, tally.high, payload["bins"]))
    counts = np.zeros(len(edges) - 1, dtype=np.int64)
    for numbers in spool.walk():
        places = np.searchsorted(edges, numbers, side="right") - 1
        places[numbers == edges[-1]] = len(counts) - 1
        inside = (places >= 0) & (places < len(counts))
        counts += np.bincount(places[inside], minlength=len(counts))
    outside = tally.count - int(counts.sum())
    return {
        "edges": shown(edges),
        "counts": counts.tolist(),
        "outside": outside,
        "missing": tally.missing,
        "method": "streamed as doubles, 2 passes",
    }


def _equal_edges(low: float, high: float, bins: int) -> list[float]:
    start, end = Fraction(low), Fraction(high)
    if start == end:
        start, end = start - Fraction(1, 2), end + Fraction(1, 2)
    return [float(start + (end - start) * step / bins) for step in range(bins + 1)]


def _shown(value: Fraction) -> int | float:
    return rounded(value.numerator, value.denominator, all_integers=False)
