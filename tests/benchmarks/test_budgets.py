from collections.abc import Callable

import pytest

from benchmarks.budgets import BUDGETS, Budget, difference, figure, quotient, times
from benchmarks.figures import Results
from benchmarks.parts import claim
from tests.benchmarks.conftest import figure as made

ROW = ("drained", "1 worker process")


def test_a_budget_is_met_at_its_limit() -> None:
    assert Budget("", figure("drain", ROW), 2, "least").met(2)
    assert not Budget("", figure("drain", ROW), 2, "least").met(1.99)
    assert Budget("", figure("drain", ROW), 2, "most").met(2)
    assert not Budget("", figure("drain", ROW), 2, "most").met(2.01)


def test_what_was_reached_comes_from_the_medians(results: Callable[..., Results]) -> None:
    run = results()
    assert times("drain", ROW, "BullMQ")(run) == pytest.approx(1_000 / 450)
    assert quotient("drain", ROW, ROW, "BullMQ")(run) == pytest.approx(1_000 / 450)
    assert figure("drain", ROW)(run) == 1_000
    assert difference("drain", ROW, ("processor time of the workers", "1 worker process"))(run) == 960
    assert times("drain", ROW, "arq")(run) is None


def test_the_claim_with_a_million_waiting_is_held_against_the_one_with_a_thousand(
    results: Callable[..., Results],
) -> None:
    figures = [
        made("dmps", value, part="claim", case=claim.case_of(level), measure=claim.CLAIM)
        for level, value in ((1_000, 2.0), (1_000_000, 3.0))
    ]
    (reached,) = (budget.reach(results(*figures)) for budget in BUDGETS if "1,000,000" in budget.promise)
    assert reached == 1.5
