"""`histogram`: which bin each number falls into, decided exactly."""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.job_types.sources import has_source
from worker_service.processors import JobContext
from worker_service.processors.calculation.exact import rounded
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation


def histogram(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Edges and counts. A bin includes its lower edge, and only the last one its upper edge, too (as NumPy has it)."""
    if has_source(payload):
        from worker_service.processors.calculation.streaming import histogram_file  # noqa: PLC0415 - needs NumPy

        return histogram_file(job, payload)
    sample = Sample.of(payload["numbers"])
    edges = _given(payload["edges"], sample) if "edges" in payload else equal_edges(sample, payload["bins"])
    counts = [0] * (len(edges) - 1)
    outside = 0
    for unit in sample.units:
        place = bisect_right(edges, unit) - 1
        if unit == edges[-1]:
            place = len(counts) - 1
        if 0 <= place < len(counts):
            counts[place] += 1
        else:
            outside += 1
    shown = [rounded(edge.numerator, edge.denominator * sample.scale, all_integers=False) for edge in edges]
    return {"edges": shown, "counts": counts, "outside": outside}


def equal_edges(sample: Sample, bins: int) -> list[Fraction]:
    """The edges of so many bins from the smallest to the largest number, in units; half a unit around equal ones."""
    low, high = Fraction(min(sample.units)), Fraction(max(sample.units))
    if low == high:
        low, high = low - Fraction(sample.scale, 2), high + Fraction(sample.scale, 2)
    return [low + (high - low) * step / bins for step in range(bins + 1)]


def _given(edges: Sequence[int | Decimal], sample: Sample) -> list[Fraction]:
    return [Fraction(edge) * sample.scale for edge in edges]


OPERATIONS: dict[str, Operation] = {"histogram": histogram}
