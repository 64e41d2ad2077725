"""Statistics of lists and pairs, windows, histograms and transforms, against `fractions`, `statistics` and NumPy."""

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.job_types.calculation import CALCULATION
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation import calculation
from worker_service.processors.calculation.pairs import kendall, ranks

numbers = st.integers(-50, 50) | st.decimals(-10, 10, places=2)
lists = st.lists(numbers, min_size=2, max_size=12)


def run(operation: str, **more: Any) -> dict[str, Any]:
    payload = CALCULATION.load_payload({"operation": operation, **more})
    result: dict[str, Any] = calculation(cast("JobContext", None), payload)
    return result


def exactly(sample: Sequence[int | Decimal]) -> list[Fraction]:
    return [Fraction(number) for number in sample]


@given(lists)
def test_moments_and_spreads_are_exact_and_rounded_once(sample: list[int | Decimal]) -> None:
    found, exact = run("describe", numbers=sample), exactly(sample)
    mean, middle = statistics.mean(exact), statistics.median(exact)
    second, fourth = (statistics.mean((one - mean) ** power for one in exact) for power in (2, 4))
    third = statistics.mean((one - mean) ** 3 for one in exact)
    assert float(found["mad"]) == float(statistics.median(abs(one - middle) for one in exact))
    assert float(found["variance"]) == float(statistics.variance(exact))
    if second:
        assert float(found["kurtosis"]) == float(fourth / second**2 - 3)
        assert found["skewness"] == pytest.approx(float(third) / float(second) ** 1.5, rel=1e-12, abs=1e-300)
    else:
        assert "skewness" not in found


@given(lists, st.decimals(0, Decimal("0.49"), places=2))
def test_a_trimmed_mean_leaves_out_as_many_at_each_end(sample: list[int | Decimal], trim: Decimal) -> None:
    found = run("trimmed-mean", numbers=sample, trim=trim)
    out = math.floor(len(sample) * Fraction(trim))
    assert found["leftOut"] == out
    assert float(found["trimmedMean"]) == float(statistics.mean(sorted(exactly(sample))[out : len(sample) - out]))


@given(st.lists(st.tuples(numbers, st.integers(1, 9)), min_size=1, max_size=9))
def test_a_weighted_mean_counts_each_number_by_its_weight(pairs: list[tuple[int | Decimal, int]]) -> None:
    found = run("weighted-mean", numbers=[one for one, _ in pairs], weights=[weight for _, weight in pairs])
    repeated = [Fraction(one) for one, weight in pairs for _ in range(weight)]
    assert float(found["weightedMean"]) == float(statistics.mean(repeated))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=25))
def test_kendalls_tau_is_that_of_counting_all_pairs(pairs: list[tuple[int, int]]) -> None:
    x, y = map(list, zip(*pairs, strict=True))
    if min(x) == max(x) or min(y) == max(y):
        return
    both = list(itertools.combinations(pairs, 2))
    signs = [((a > c) - (a < c), (b > d) - (b < d)) for (a, b), (c, d) in both]
    score = sum(one * other for one, other in signs)
    expected = score / math.sqrt(sum(one != 0 for one, _ in signs) * sum(other != 0 for _, other in signs))
    assert kendall(x, y) == pytest.approx(expected, rel=1e-15)


def test_tied_numbers_share_the_mean_of_their_ranks() -> None:
    assert ranks([30, 10, 20, 20]) == [8, 2, 5, 5]


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_a_correlation_is_1_or_minus_1_along_a_line(method: str) -> None:
    found = run("correlation", series=[[1, 2, 4], [0.1, 0.2, 0.4], [3, 2, 0]], method=method)
    assert found["matrix"] == [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=9))
def test_covariances_are_exact(pairs: list[tuple[int | Decimal, int | Decimal]]) -> None:
    x, y = (exactly(series) for series in zip(*pairs, strict=True))
    found = run("covariance", series=[[a for a, _ in pairs], [b for _, b in pairs]])["matrix"]
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    exact = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / Fraction(len(x) - 1)
    assert float(found[0][1]) == float(found[1][0]) == float(exact)
    assert float(found[0][0]) == float(statistics.variance(x))


def test_what_does_not_vary_has_no_correlation() -> None:
    with pytest.raises(Reject, match="/series/1: all its numbers are equal"):
        run("correlation", series=[[1, 2], [3, 3]])
    with pytest.raises(Reject, match="/numbers: all are equal"):
        run("autocorrelation", numbers=[2, 2, 2])


@pytest.mark.parametrize(
    ("statistic", "oracle"),
    [
        ("mean", statistics.mean),
        ("min", min),
        ("max", max),
        ("sum", sum),
        ("median", statistics.median),
        ("std", statistics.stdev),
    ],
)
@given(sample=lists, size=st.integers(2, 12))
def test_a_window_has_the_statistic_of_each_stretch(
    statistic: str, oracle: Callable[[Sequence[Fraction]], Any], sample: list[int | Decimal], size: int
) -> None:
    size = min(size, len(sample))
    found = run("window", numbers=sample, size=size, statistic=statistic)["values"]
    exact = exactly(sample)
    stretches = [exact[start : start + size] for start in range(len(sample) - size + 1)]
    assert [float(value) for value in found] == [float(oracle(stretch)) for stretch in stretches]


def test_a_bin_has_its_lower_edge_and_the_last_one_both() -> None:
    found = run("histogram", numbers=[0, 0.1, 0.2, 0.3, 0.3, 5], edges=[0, 0.1, 0.3])
    assert (found["counts"], found["outside"]) == ([1, 4], 1)
    assert run("histogram", numbers=[0, 0.1, 0.2, 0.3], bins=3) == {
        "edges": [0, 0.1, 0.2, 0.3],
        "counts": [1, 1, 2],
        "outside": 0,
    }
    assert run("histogram", numbers=[7, 7], bins=2) == {"edges": [6.5, 7, 7.5], "counts": [0, 2], "outside": 0}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_the_inverse_transform_of_a_transform_is_the_series(sample: list[float]) -> None:
    found = run("fft", real=sample)
    back = run("inverse-fft", real=found["real"], imaginary=found["imaginary"])
    assert np.array(back["real"]) == pytest.approx(np.array(sample), rel=1e-12, abs=1e-12 * max(map(abs, sample)))


@pytest.mark.parametrize("method", ["linear", "cubic", "pchip"])
def test_interpolation_goes_through_its_points_and_along_lines(method: str) -> None:
    x, y = [0, 1, 2.5, 4], [1, 3, 6, 9]
    assert run("interpolation", x=x, y=y, at=x, method=method)["values"] == pytest.approx(y, rel=1e-15)
    assert run("interpolation", x=x, y=y, at=[0.5, 2], method=method)["values"] == pytest.approx([2, 5], rel=1e-15)


def test_a_cubic_spline_reproduces_a_cubic_and_pchip_stays_monotone() -> None:
    x = [0, 1, 2, 3, 4]
    assert run("interpolation", x=x, y=[v**3 for v in x], at=[0.5, 3.5], method="cubic")["values"] == pytest.approx(
        [0.125, 42.875]
    )
    steps = run("interpolation", x=x, y=[0, 0, 0, 1, 1], at=[v / 10 for v in range(41)], method="pchip")["values"]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 1)


def test_dependent_columns_are_refused_and_residuals_are_answered() -> None:
    with pytest.raises(Reject, match="/x: the columns are linearly dependent"):
        run("regression", y=[1, 2, 3], x=[[1, 1, 1]])
    with pytest.raises(Reject, match="/x: the columns are linearly dependent"):
        run("regression", y=[1, 2, 3, 4], x=[[0.1, 0.2, 0.3, 0.7], [0.3, 0.6, 0.9, 2.1]])
    found = run("regression", y=[1, 3, 5, 8], x=[[0, 1, 2, 3]], residuals=True)
    assert found["residuals"] == [0.2, -0.1, -0.4, 0.3]
    assert run("regression", y=[1, 2], x=[[0, 1]])["degreesOfFreedom"] == 0
