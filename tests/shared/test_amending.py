"""What a caller may change of a job that has not ended."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import IllegalTransition
from shared.job import Job, JobError, Priority, Status
from shared.lifecycle import Amendment

NOW = 1_700_000_000_000
SECOND = 1000
ERROR = JobError("exception", "It broke.")
MakeJob = Callable[..., Job]


def amend(job: Job, **changes: Any) -> Job:
    return lifecycle.amend(job, NOW, cast("Amendment", changes))


@pytest.mark.parametrize(
    ("run_at", "status", "due"),
    [(NOW + SECOND, Status.SCHEDULED, NOW + SECOND), (NOW - SECOND, Status.PENDING, NOW), (NOW, Status.PENDING, NOW)],
)
@pytest.mark.parametrize("was_due", [NOW - SECOND, NOW + 60 * SECOND])
def test_another_time_makes_a_job_pending_or_scheduled(
    new_job: MakeJob, was_due: int, run_at: int, status: Status, due: int
) -> None:
    job = amend(new_job(now=NOW - SECOND, run_at=was_due), run_at=run_at)
    assert (job.status, job.run_at, job.rev) == (status, due, 2)


def test_a_job_that_waits_for_its_next_attempt_is_retrying_at_another_time(new_job: MakeJob) -> None:
    retrying = lifecycle.fail(lifecycle.claim(new_job(now=NOW), "w", NOW), ERROR, NOW, 60.0)
    sooner = amend(retrying, run_at=NOW + SECOND)
    assert (sooner.status, sooner.run_at, sooner.failures) == (Status.RETRYING, NOW + SECOND, 1)


def test_what_a_job_may_wait_for_its_first_attempt_counts_from_its_new_time(new_job: MakeJob) -> None:
    job = new_job(now=NOW, run_at=NOW + 10 * SECOND, expires_in=5.0, deadline=60.0)
    later = amend(job, run_at=NOW + 30 * SECOND)
    assert (later.start_by, later.deadline_at) == (NOW + 35 * SECOND, NOW + 60 * SECOND)
    assert amend(job, priority=Priority.HIGH).start_by == NOW + 15 * SECOND


def test_a_job_that_runs_keeps_its_place_but_may_be_described_otherwise(new_job: MakeJob) -> None:
    running = lifecycle.claim(new_job(now=NOW), "w", NOW)
    changed = amend(running, tags=("a",), metadata=Raw(b'{"a":1}'))
    assert (changed.tags, bytes(changed.metadata), changed.fence, changed.worker) == (("a",), b'{"a":1}', 1, "w")
    for place in ({"priority": Priority.LOW}, {"run_at": NOW}):
        with pytest.raises(IllegalTransition, match=r"Cannot change the priority or the runAt of job .*: it is proces"):
            amend(running, tags=("a",), **place)


def test_what_changes_nothing_is_not_written(new_job: MakeJob) -> None:
    job = new_job(now=NOW, run_at=NOW + SECOND, tags=["a"], metadata=Raw(b"{}"))
    assert amend(job) is job
    same = {"priority": Priority.NORMAL, "run_at": NOW + SECOND, "tags": ("a",), "metadata": Raw(b"{}")}
    assert amend(job, **same) is job


def test_some_things_are_done_only_with_jobs_that_have_ended(new_job: MakeJob) -> None:
    job = new_job(now=NOW)
    for unfinished in (job, lifecycle.claim(job, "w", NOW)):
        with pytest.raises(IllegalTransition, match="Cannot replay"):
            lifecycle.check_finished("replay", unfinished)
    lifecycle.check_finished("replay", lifecycle.cancel(job, NOW))
