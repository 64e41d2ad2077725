from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.figures import Results
from benchmarks.parts import http, idle
from benchmarks.parts.drain import DRAIN
from benchmarks.parts.idle import IDLE
from benchmarks.report import budgets, number, origin, report, section, table
from tests.benchmarks.conftest import figure

Make = Callable[..., Results]


@pytest.mark.parametrize(
    ("value", "text"), [(0.123, "0.12"), (9.999, "10.00"), (12.34, "12.3"), (99.99, "100.0"), (12_345.6, "12,346")]
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_the_columns_of_a_table_are_aligned() -> None:
    assert table(("", "a"), [("long", "1")]).splitlines() == ["|      | a |", "|------|---|", "| long | 1 |"]


def test_a_section_has_a_column_for_each_peer_and_how_many_times_better_we_are(results: Make) -> None:
    text = section(results(), DRAIN)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == ["", "dmps", "BullMQ", "x BullMQ"]
    assert lines[2] == ["drained (jobs/s): 1 worker process", "1,000", "450", "2.22 x"]
    assert lines[3] == ["processor time of the workers (µs/job): 1 worker process", "40.0", "", ""]


def test_what_is_neither_better_nor_worse_is_not_compared(results: Make) -> None:
    found = [figure(peer, 0.1, part="idle", measure=idle.SHARE) for peer in ("dmps", "arq")]
    assert "x arq" not in section(results(*found), IDLE)


def test_a_part_that_was_not_run_has_no_section(results: Make) -> None:
    assert section(results(), IDLE) == ""
    assert "### Idle" not in report(results())


@pytest.mark.parametrize(("rate", "verdict"), [(200, "met"), (199, "missed")])
def test_each_budget_that_was_measured_is_met_or_missed(results: Make, rate: float, verdict: str) -> None:
    usual: Any = {"part": "http", "case": http.USUAL, "measure": http.RATE}
    run = results(figure("dmps", rate, **usual), figure("BullMQ", 100, **usual))
    (line,) = (line for line in budgets(run).splitlines() if "POST" in line)
    _, limit, reached, found = (cell.strip() for cell in line.split("|")[1:-1])
    assert (limit, reached, found) == ("at least 2 x", f"{rate / 100:.2f} x", verdict)


def test_a_budget_that_was_not_measured_is_not_judged(results: Make) -> None:
    assert "batch" not in budgets(results())
    assert budgets(results(figure("arq", 1))) == ""


def test_a_peer_that_was_not_run_is_named_with_the_reason(results: Make) -> None:
    assert "Not run: BullMQ (Node.js and npm are not installed)." in origin(
        results(not_run={"BullMQ": "Node.js and npm are not installed"})
    )


def test_the_origin_names_commit_machine_and_versions_but_not_what_is_absent(results: Make) -> None:
    text = origin(results())
    assert "`abc1234`" in text
    assert "cores: 2" in text
    assert "Python 3.11" in text
    assert "uvloop" not in text
