"""The judge of all faults is judged itself: each invariant sees the violation that it is there for."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.job import Job, JobError, Status
from tests.chaos import invariants
from tests.chaos.ledger import Line, Run, runs_of

ERROR = JobError("exception", "It broke.")


@pytest.fixture
def claimed(new_job: Callable[..., Job]) -> Job:
    return lifecycle.claim(new_job(), "w", 1)


@pytest.fixture
def completed(claimed: Job) -> Job:
    retried = lifecycle.claim(lifecycle.fail(claimed, ERROR, 2, 0.0), "w", 3)
    return lifecycle.complete(retried, Raw(b'{"attempt":2}'), 4)


def run(attempt: int, how: Any = "returned") -> Run:
    return Run("1", attempt, pid=1, worker=1, started=1.0, ended=2.0, how=how)


STORY = [run(1, "raised"), run(2)]


def test_what_the_lifecycle_does_is_legal(new_job: Callable[..., Job], claimed: Job, completed: Job) -> None:
    for before, after in ((new_job(id=claimed.id), claimed), (claimed, completed), (completed, completed)):
        assert list(invariants.moved(before, after)) == []


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"fence": 0, "rev": 9}, "fence fell"),
        ({"rev": 1}, "rev fell"),
        ({"worker": "other"}, "changed under rev"),
    ],
)
def test_a_record_that_moves_otherwise_is_seen(claimed: Job, facts: dict[str, Any], word: str) -> None:
    assert word in "".join(invariants.moved(claimed, replace(claimed, **facts)))


def test_a_finished_job_moves_nowhere_but_by_retry(completed: Job) -> None:
    assert invariants.reachable(Status.COMPLETED, 1) == frozenset()
    assert invariants.reachable(Status.FAILED, 1) == {Status.PENDING, Status.BLOCKED}
    moved = replace(completed, rev=completed.rev + 1, status=Status.PENDING)
    assert "steps of the table" in "".join(invariants.moved(completed, moved))


def test_a_job_that_is_gone_or_has_not_ended_is_seen(claimed: Job, completed: Job) -> None:
    assert "no record" in "".join(invariants.unended("1", None))
    assert "still processing" in "".join(invariants.unended("1", claimed))
    assert list(invariants.unended("1", completed)) == []


def test_an_end_other_than_the_scripts_is_seen(completed: Job) -> None:
    assert list(invariants.ended(Status.COMPLETED, completed)) == []
    assert "in place of failed" in "".join(invariants.ended(Status.FAILED, completed))
    assert "lost 3 times" in "".join(invariants.ended(Status.COMPLETED, replace(completed, losses=3)))


def test_a_ledger_and_a_record_that_agree_are_left_alone(completed: Job) -> None:
    assert list(invariants.accounted(completed, STORY)) == []
    assert list(invariants.settled_once(completed)) == []


@pytest.mark.parametrize(
    ("runs", "word"),
    [
        ([run(1, "raised"), run(2), run(2)], "attempt 2 ran 2 times"),
        ([*STORY, run(3)], "does not know"),
        ([run(1, "raised"), run(2, None)], "attempt 2 completed by the record"),
        ([run(1), run(2)], "attempt 1 failed by the record"),
    ],
)
def test_a_ledger_that_tells_another_story_is_seen(completed: Job, runs: list[Run], word: str) -> None:
    assert word in "".join(invariants.accounted(completed, runs))


@pytest.mark.parametrize(("facts", "word"), [({"failures": 2}, "2 failures"), ({"fence": 1}, "fence 1 is less")])
def test_a_record_that_counts_wrongly_is_seen(completed: Job, facts: dict[str, Any], word: str) -> None:
    assert word in "".join(invariants.accounted(replace(completed, **facts), STORY))


def test_a_result_of_another_attempt_is_seen(completed: Job) -> None:
    assert "that of attempt 1" in "".join(invariants.settled_once(replace(completed, result=Raw(b'{"attempt":1}'))))
    twice = replace(completed, attempts=(*completed.attempts, completed.attempts[-1]))
    assert "all settled" in "".join(invariants.settled_once(twice))


def test_a_run_without_an_end_has_been_killed() -> None:
    lines = [
        Line("1", 1, "started", 1.0, 7, 7),
        Line("1", 1, "started", 2.0, 8, 8),
        Line("1", 1, "returned", 3.0, 8, 8),
    ]
    assert [(run.pid, run.ended, run.how) for run in runs_of(lines)] == [(7, None, None), (8, 3.0, "returned")]
