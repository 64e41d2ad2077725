"""The figures: one function each, of the sample alone, in one table by their name on the wire."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from shared.schemas.fields import MAX_DIGITS
from worker_service.processors.calculation.exact import OutOfRange, rounded, too_large, too_long
from worker_service.processors.calculation.sample import Sample

MAX_PRODUCT_DIGITS = 1_000_000  # of all factors together; half a second of work

_LOG10_2 = math.log10(2)
_MAX_EXPONENT = 308  # of ten, in a double
_MIN_EXPONENT = -324
_FEW = 8  # factors


def _sum(sample: Sample) -> int | float:
    return sample.figure(sum(sample.units))


def _product(sample: Sample) -> int | float:
    coefficients = [coefficient for coefficient, _ in sample.parts]
    exponent = sum(exponent for _, exponent in sample.parts)
    if 0 in coefficients:
        return 0
    if _vanishes(coefficients, exponent, all_integers=sample.all_integers):
        return 0.0
    product = _multiplied(coefficients)
    return rounded(product * 10 ** max(0, exponent), 10 ** max(0, -exponent), all_integers=sample.all_integers)


def _average(sample: Sample) -> int | float:
    return sample.figure(sum(sample.units), len(sample.units))


def _min(sample: Sample) -> int | float:
    return sample.figure(min(sample.units))


def _max(sample: Sample) -> int | float:
    return sample.figure(max(sample.units))


def _median(sample: Sample) -> int | float:
    ordered = sorted(sample.units)
    return sample.figure(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2)


def _mode(sample: Sample) -> int | float:
    (most_frequent, _), *_ = Counter(sample.units).most_common(1)  # of several, the one that came first
    return sample.figure(most_frequent)


def _variance(sample: Sample) -> int | float:
    return sample.figure_of_squares(*_squared_deviations(sample))


def _stdev(sample: Sample) -> int | float:
    return sample.root_of_squares(*_squared_deviations(sample))


def _percentiles(sample: Sample) -> dict[str, int | float]:
    ordered = sorted(sample.units)
    return {plain(percent): sample.figure(*interpolated(ordered, percent)) for percent in sample.percentiles}


FIGURES: Mapping[str, Callable[[Sample], Any]] = MappingProxyType(
    {
        "sum": _sum,
        "product": _product,
        "average": _average,
        "min": _min,
        "max": _max,
        "median": _median,
        "mode": _mode,
        "variance": _variance,
        "stdev": _stdev,
        "percentiles": _percentiles,
    }
)


def _squared_deviations(sample: Sample) -> tuple[int, int]:
    """The sample variance in squared units, as a ratio: (n sum(x**2) - sum(x)**2) / (n (n - 1)); exact, so stable."""
    count = len(sample.units)
    squares = sum(unit * unit for unit in sample.units)
    return count * squares - sum(sample.units) ** 2, count * (count - 1)


def interpolated(ordered: Sequence[int], percent: int | Decimal) -> tuple[int, int]:
    """The percentile in units, as a ratio, by linear interpolation at the rank (n - 1) percent / 100, from 0.

    This is type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", American Statistician 50(4), 1996.
    """
    numerator, denominator = percent.as_integer_ratio()
    steps = denominator * 100
    below, beyond = divmod((len(ordered) - 1) * numerator, steps)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] * (steps - beyond) + ordered[above] * beyond, steps


def plain(percent: int | Decimal) -> str:
    """The number without exponent or closing zeros: 25, 2.5."""
    text = format(Decimal(percent), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _vanishes(coefficients: Sequence[int], exponent: int, *, all_integers: bool) -> bool:
    """Whether the product is sure to be rounded to 0. Raises `OutOfRange` if it is sure to be too large.

    Both are told from the lengths of the factors, before any time is spent on multiplying them.
    """
    bits = sum(coefficient.bit_length() for coefficient in coefficients)
    most = bits * _LOG10_2 + exponent  # the product's decimal logarithm lies between these two
    least = most - len(coefficients) * _LOG10_2
    if all_integers and least > MAX_DIGITS + 1:
        raise too_long()
    if not all_integers and least > _MAX_EXPONENT + 1:
        raise too_large()
    if most < _MIN_EXPONENT:
        return True
    if bits * _LOG10_2 > MAX_PRODUCT_DIGITS:
        raise OutOfRange(f"the numbers have more than {MAX_PRODUCT_DIGITS:,} digits together.")
    return False


def _multiplied(factors: Sequence[int]) -> int:
    """The product, by halves: long products are fast between numbers of like length."""
    if len(factors) <= _FEW:
        return math.prod(factors)
    half = len(factors) // 2
    return _multiplied(factors[:half]) * _multiplied(factors[half:])
