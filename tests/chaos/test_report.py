"""The page on reliability says what the last run of all faults saw, and nothing else."""

import msgspec
import pytest

from tests.chaos.faults import ELSEWHERE, FAULTS, chosen
from tests.chaos.outcome import Outcome
from tests.chaos.report import PAGE, RESULTS, Report, page, result_of, summary
from tests.chaos.tools import NotRun


@pytest.fixture
def outcome() -> Outcome:
    seen = Outcome(figures={"acknowledged": 1_200, "lost": 0, "refused": 0})
    seen.spread("recovery", [9.0, 10.0, 13.0], 12.0)
    return seen


def test_the_page_is_made_of_the_results_of_a_run() -> None:
    assert page(msgspec.json.decode(RESULTS.read_bytes(), type=Report)) == PAGE.read_text()


def test_the_page_tells_of_every_fault() -> None:
    text = PAGE.read_text()
    for fault in {*FAULTS, *ELSEWHERE}:
        assert f"| {fault} |" in text


def test_what_did_not_hold_stands_on_the_page(outcome: Outcome) -> None:
    result = result_of("F1", outcome, 1.0)
    text = page(Report("c0ffee", "today", "here", [result]))
    assert "1,200 acknowledged; 0 lost; recovery: p50 10 s, max 13 s of 3 (at most 12 s) | **broken** |" in text
    assert text.endswith("- F1: recovery: p50 10 s, max 13 s of 3 (at most 12 s)\n")
    assert summary(result).startswith("BROKEN")


def test_a_fault_that_could_not_be_tried_is_no_success() -> None:
    result = result_of("F7", NotRun("There is no strace."), 0.0)
    assert "| F7 | power lost: There is no strace. |" in page(Report("c0ffee", "today", "here", [result]))
    assert summary(result).startswith("NOT RUN")


def test_a_fault_is_chosen_with_its_variants() -> None:
    assert chosen(["F7"]) == ["F7", "F7-everysec"]
    assert chosen(["F7-everysec", "F1"]) == ["F7-everysec", "F1", "F1-backlog"]
    assert chosen([]) == list(FAULTS)
    with pytest.raises(KeyError, match="F99"):
        chosen(["F1", "F99"])
