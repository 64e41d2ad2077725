"""The digits that are reached on NIST's Statistical Reference Datasets, and what is said where they are fewer."""

from pathlib import Path

import pytest

from tests.worker_service.processors.calculation.nist.accuracy import (
    fitted,
    in_doubles,
    log_relative_error,
    payload_of,
    run,
    table,
    univariate,
)
from tests.worker_service.processors.calculation.nist.linear import LINEAR, Linear
from tests.worker_service.processors.calculation.nist.univariate import UNIVARIATE, Univariate

CERTIFIED = 14  # digits: the last of fifteen is rounded


@pytest.mark.parametrize("data", UNIVARIATE, ids=lambda data: data.name)
def test_univariate_statistics_have_all_certified_digits(data: Univariate) -> None:
    assert min(univariate(data).digits.values()) >= CERTIFIED


@pytest.mark.parametrize("data", LINEAR, ids=lambda data: data.name)
def test_regression_has_all_certified_digits(data: Linear) -> None:
    found = run(payload_of(data))
    assert found["method"] == "exact"
    assert min(fitted(data, found).digits.values()) >= CERTIFIED


@pytest.mark.parametrize("data", LINEAR, ids=lambda data: data.name)
def test_a_regression_in_doubles_has_about_the_digits_that_it_says(data: Linear) -> None:
    found = in_doubles(data)
    assert fitted(data, found).digits["coefficients"] >= found["digits"]
    assert ("warning" in found) == (found["digits"] < 10)


@pytest.mark.parametrize(
    ("value", "certified", "digits"),
    [(1.0, "1", 15), (1.001, "1", 3), (0.001, "0", 3), (0, "0", 15), (-1.0, "1", -0.301)],
)
def test_digits_are_counted_by_the_relative_error(value: float, certified: str, digits: float) -> None:
    assert log_relative_error(value, certified) == pytest.approx(digits, abs=0.001)


def test_the_tables_of_the_docs_are_those_of_a_run() -> None:
    docs = Path("docs/operations/calculation.md").read_text(encoding="utf-8")
    assert "\n".join(table([univariate(data) for data in UNIVARIATE])) in docs
    assert "\n".join(table([fitted(data, run(payload_of(data))) for data in LINEAR])) in docs
