"""`describe`: moments, order and spread. Inline numbers count as they were written, and each figure is rounded once."""

from collections.abc import Sequence
from typing import Any

from shared.job_types.sources import has_source
from worker_service.processors import JobContext
from worker_service.processors.calculation.exact import root, rounded
from worker_service.processors.calculation.figures import interpolated, plain
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation

_QUARTER, _HALF, _THREE_QUARTERS = 25, 50, 75


def describe(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """All that one list tells; a figure that is not defined for it (the spread of one number) is left out."""
    if has_source(payload):
        from worker_service.processors.calculation.streaming import describe_file  # noqa: PLC0415 - needs NumPy

        return describe_file(job, payload)
    sample = Sample.of(payload["numbers"], payload["percentiles"])
    ordered = sorted(sample.units)
    return {
        "count": len(ordered),
        "sum": sample.figure(sum(ordered)),
        "average": sample.figure(sum(ordered), len(ordered)),
        "min": sample.figure(ordered[0]),
        "max": sample.figure(ordered[-1]),
        "range": sample.figure(ordered[-1] - ordered[0]),
        **_order(sample, ordered),
        **moments(sample),
        "method": "exact",
    }


def moments(sample: Sample) -> dict[str, Any]:
    """Variance, deviation, skewness and kurtosis, of exact central moments.

    With d = n x - sum(x), an integer in units, the k-th central moment is sum(d**k) / n**(k + 1). g1 = m3 / m2**1.5 and
    g2 = m4 / m2**2 - 3: Joanes and Gill, "Comparing measures of sample skewness and kurtosis", The Statistician 47(1),
    1998 (their g1 and g2; the defaults of SciPy). g1 is the root of m3**2 / m2**3, with the sign of m3.
    """
    count, total = len(sample.units), sum(sample.units)
    if count == 1:
        return {}
    deviations = [count * unit - total for unit in sample.units]
    second = sum(d * d for d in deviations)
    spread = {
        "variance": sample.figure_of_squares(second, count * count * (count - 1)),
        "stdev": sample.root_of_squares(second, count * count * (count - 1)),
    }
    if not second:
        return spread
    third = sum(d**3 for d in deviations)
    fourth = sum(d**4 for d in deviations)
    skewness = root(count * third**2, second**3, all_integers=False)
    return {
        **spread,
        "skewness": -skewness if third < 0 else skewness,
        "kurtosis": rounded(count * fourth - 3 * second**2, second**2, all_integers=False),
    }


def _order(sample: Sample, ordered: Sequence[int]) -> dict[str, Any]:
    """Median, percentiles, and the spreads that go by order.

    MAD: Hampel, "The influence curve and its role in robust estimation", JASA 69(346), 1974, without a factor.
    """
    low, scale = interpolated(ordered, _QUARTER)
    high, _ = interpolated(ordered, _THREE_QUARTERS)
    middle, halves = interpolated(ordered, _HALF)
    deviations = sorted(abs(halves * unit - middle) for unit in ordered)
    mad, more = interpolated(deviations, _HALF)
    return {
        "median": sample.figure(middle, halves),
        "percentiles": {plain(one): sample.figure(*interpolated(ordered, one)) for one in sample.percentiles},
        "iqr": sample.figure(high - low, scale),
        "mad": sample.figure(mad, halves * more),
    }


OPERATIONS: dict[str, Operation] = {"describe": describe}
