"""The figures, held against `fractions` and `statistics` on the very decimals that were written."""

import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.job_types.calculations.figures import SINGLE
from worker_service.processors.calculation.exact import OutOfRange
from worker_service.processors.calculation.figures import FIGURES
from worker_service.processors.calculation.sample import Sample

Number = int | Decimal
Oracle = Callable[[list[Fraction]], Fraction]

integers = st.integers(-(10**30), 10**30)
decimals = st.builds(lambda digits, exponent: Decimal(digits).scaleb(exponent), integers, st.integers(-40, 20))
samples: st.SearchStrategy[list[Number]] = st.lists(integers | decimals, min_size=2, max_size=9)


def compute(operation: str, numbers: Sequence[Number], percentiles: Sequence[Number] = ()) -> Any:
    return FIGURES[operation](Sample.of(numbers, percentiles))


def exactly(numbers: Sequence[Number]) -> list[Fraction]:
    return [Fraction(number) for number in numbers]


def same(figure: float, expected: Fraction, numbers: Sequence[Number]) -> bool:
    """Whether the figure is what is promised: exact for an integer made of integers, otherwise rounded once."""
    if expected.denominator == 1 and all(isinstance(number, int) for number in numbers):
        return isinstance(figure, int) and figure == expected
    return figure == float(expected)


def product(numbers: list[Fraction]) -> Fraction:
    result = Fraction(1)
    for number in numbers:
        result *= number
    return result


@pytest.mark.parametrize(
    ("operation", "oracle"),
    [
        ("sum", sum),
        ("product", product),
        ("average", statistics.mean),
        ("min", min),
        ("max", max),
        ("median", statistics.median),
        ("mode", statistics.mode),
        ("variance", statistics.variance),
    ],
)
@given(numbers=samples)
def test_a_figure_is_computed_exactly_and_rounded_once(operation: str, oracle: Oracle, numbers: list[Number]) -> None:
    assert same(compute(operation, numbers), Fraction(oracle(exactly(numbers))), numbers)


@given(samples)
def test_the_standard_deviation_is_the_correctly_rounded_root(numbers: list[Number]) -> None:
    assert float(compute("stdev", numbers)) == statistics.stdev(exactly(numbers))


@given(st.lists(integers, min_size=2, max_size=9), st.integers(10**300, 10**400))
def test_integers_are_exact_at_any_size(numbers: list[int], offset: int) -> None:
    shifted = [number + offset for number in numbers]
    assert compute("sum", shifted) == sum(shifted)
    assert compute("max", shifted) == max(shifted)
    assert compute("variance", shifted) == compute("variance", numbers)
    assert compute("stdev", shifted) == compute("stdev", numbers)


@given(samples, st.integers(1, 99))
def test_percentiles_are_those_of_the_inclusive_method(numbers: list[Number], percent: int) -> None:
    cuts = statistics.quantiles(exactly(numbers), n=100, method="inclusive")
    figures = compute("percentiles", numbers, [percent])
    assert list(figures) == [str(percent)]
    assert same(figures[str(percent)], cuts[percent - 1], numbers)


def test_the_ends_of_the_percentiles_are_the_extremes() -> None:
    assert compute("percentiles", [7, 3, 5], [0, 100]) == {"0": 3, "100": 7}
    assert compute("percentiles", [7], [0, 50, 100]) == {"0": 7, "50": 7, "100": 7}


@pytest.mark.parametrize(
    ("percent", "name"),
    [("2.50", "2.5"), ("1e1", "10"), ("50.0", "50"), ("0", "0"), ("1e2", "100"), ("1e-7", "0.0000001")],
)
def test_a_percentile_is_named_by_its_number_in_plain_digits(percent: str, name: str) -> None:
    assert list(compute("percentiles", [1, 2], [Decimal(percent)])) == [name]


def test_of_several_modes_the_first_to_come_is_answered() -> None:
    assert compute("mode", [3, 1, 2, 1, 2]) == 1
    assert compute("mode", [Decimal("1.10"), 2, Decimal("1.1"), 2]) == 1.1


def test_a_product_with_zero_is_zero_however_large_the_rest() -> None:
    assert compute("product", [10**4000, 0, 10**4000]) == 0


def test_exponents_that_cancel_leave_an_exact_product() -> None:
    assert compute("product", [Decimal("1e308"), Decimal("1e-308")] * 5_000) == 1
    assert compute("product", [Decimal("1e300"), Decimal("-2.5e-300"), 3]) == -7.5


def test_a_product_that_vanishes_or_bursts_is_told_before_it_is_multiplied() -> None:
    digits = "1." + 1_099 * "1"  # a thousand of these are too many to multiply
    assert repr(compute("product", [Decimal(f"-{digits}e-9")] * 1_000)) == "0.0"
    with pytest.raises(OutOfRange, match=r"exceeds 1\.8e308"):
        compute("product", [Decimal(f"{digits}e9")] * 1_000)
    with pytest.raises(OutOfRange, match="more than 4,300 digits"):
        compute("product", [10**4299] * 10_000)


def test_a_product_of_too_many_digits_is_refused_before_it_is_multiplied() -> None:
    with pytest.raises(OutOfRange, match="more than 1,000,000 digits together"):
        compute("product", [Decimal("1." + 1_099 * "1")] * 1_000)


def test_a_product_of_4300_digits_is_the_largest() -> None:
    assert compute("product", [10**4298, 99]) == 99 * 10**4298
    with pytest.raises(OutOfRange):
        compute("product", [10**4298, 100])


def test_sums_of_extremes_are_exact_before_they_are_rounded() -> None:
    tiny = Decimal("1e-300")
    assert compute("sum", [Decimal("1e300"), tiny, Decimal("-1e300")]) == 1e-300
    assert compute("sum", [2**53, 1, tiny]) == 2**53 + 2


def test_the_table_holds_every_figure_of_the_contract() -> None:
    assert tuple(FIGURES) == SINGLE
