"""Order statistics and exact sums in chunks, against sorting and `fsum`."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker_service.processors.calculation import selection
from worker_service.processors.calculation.sums import UNIT, exact_sum

finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
some = st.lists(finite | st.sampled_from([0.0, 1.0, 1.5]), min_size=1, max_size=60)


@pytest.mark.parametrize("keep", [1, 5, 1_000])
@given(numbers=some)
def test_every_rank_is_that_of_the_sorted_numbers(keep: int, numbers: list[float]) -> None:
    array = np.array(numbers)

    def passes() -> Iterator[np.ndarray]:
        return (array[start : start + 7] for start in range(0, len(array), 7))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "KEEP", keep)
        found, count = selection.select(passes, range(len(numbers)))
    assert [found[rank] for rank in range(len(numbers))] == sorted(numbers)
    assert 2 <= count <= 6


@given(some)
def test_a_sum_of_doubles_is_exact(numbers: list[float]) -> None:
    assert Fraction(exact_sum(np.array(numbers)), 1 << UNIT) == sum(map(Fraction, numbers))


def test_a_sum_of_a_million_doubles_is_that_of_fsum() -> None:
    numbers = np.random.default_rng(3).normal(size=1_000_000) * 1e10
    assert exact_sum(numbers) / (1 << UNIT) == math.fsum(numbers)


def test_a_sum_takes_no_more_numbers_than_stay_exact() -> None:
    with pytest.raises(ValueError, match="1048576"):
        exact_sum(np.zeros(1_048_577))
