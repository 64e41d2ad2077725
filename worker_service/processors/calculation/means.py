"""Means with weights, and without the extremes; exact, rounded once."""

from typing import Any

from worker_service.processors import JobContext
from worker_service.processors.calculation.exact import rounded
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation


def weighted_mean(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """sum(w x) / sum(w)."""
    numbers, weights = Sample.of(payload["numbers"]), Sample.of(payload["weights"])
    products = sum(one * weight for one, weight in zip(numbers.units, weights.units, strict=True))
    both = numbers.all_integers and weights.all_integers
    return {"weightedMean": rounded(products, numbers.scale * sum(weights.units), all_integers=both)}


def trimmed_mean(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The mean without the floor(n trim) smallest and largest numbers.

    Tukey and McLaughlin, "Less vulnerable confidence and significance procedures for location based on a single
    sample", Sankhya A 25(3), 1963; as SciPy's `trim_mean` and R's `mean(trim=)` count.
    """
    sample = Sample.of(payload["numbers"])
    numerator, denominator = payload["trim"].as_integer_ratio()
    left_out = len(sample.units) * numerator // denominator
    kept = sorted(sample.units)[left_out : len(sample.units) - left_out]
    return {"trimmedMean": sample.figure(sum(kept), len(kept)), "leftOut": left_out}


OPERATIONS: dict[str, Operation] = {"weighted-mean": weighted_mean, "trimmed-mean": trimmed_mean}
