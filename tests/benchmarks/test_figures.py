import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figure, Measure, Sample, gather, percentile, times_better

RATE = Measure("rate", "jobs/s", "more")
TIME = Measure("time", "ms", "less")


def of(measure: Measure, peer: str, *values: float) -> Figure:
    return Figure("part", measure, "", peer, values)


def test_samples_of_one_measure_case_and_peer_become_one_figure_in_their_first_order() -> None:
    samples = [
        Sample(RATE, "dmps", 1),
        Sample(RATE, "arq", 2),
        Sample(TIME, "dmps", 3),
        Sample(RATE, "dmps", 4),
        Sample(RATE, "dmps", 5, case="another"),
    ]
    gathered = gather("drain", samples)
    assert [(figure.measure, figure.peer, figure.case, figure.values) for figure in gathered] == [
        (RATE, "dmps", "", (1, 4)),
        (RATE, "arq", "", (2,)),
        (TIME, "dmps", "", (3,)),
        (RATE, "dmps", "another", (5,)),
    ]
    assert {figure.part for figure in gathered} == {"drain"}


def test_a_figure_is_the_median_of_its_rounds() -> None:
    assert of(RATE, "dmps", 1, 100, 3).median == 3
    assert of(RATE, "dmps", 1, 2).median == 1.5


@pytest.mark.parametrize(("measure", "better"), [(RATE, 2.0), (TIME, 0.5)])
def test_twice_the_rate_is_two_times_better_and_twice_the_time_is_half_as_good(measure: Measure, better: float) -> None:
    assert times_better(of(measure, "dmps", 20), of(measure, "arq", 10)) == better


def test_something_is_infinitely_better_than_nothing() -> None:
    assert times_better(of(RATE, "dmps", 1), of(RATE, "arq", 0)) == math.inf


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_and_not_exceeded_by_that_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
