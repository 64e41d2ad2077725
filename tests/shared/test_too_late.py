"""Cancelling what runs, deadlines, and other ways in which it is too late for a job."""

from collections.abc import Callable

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import Job, JobError, Outcome, Status

NOW = 1_700_000_000_000
ERROR = JobError("exception", "It broke.")
MakeJob = Callable[..., Job]
SECOND = 1000


def running(job: Job, now: int = NOW) -> Job:
    return lifecycle.claim(job, "w", now)


def test_a_running_job_that_is_cancelled_keeps_its_status_until_it_has_ended(new_job: MakeJob) -> None:
    asked = lifecycle.cancel(running(new_job(now=NOW)), NOW + 5)
    assert (asked.status, asked.cancel_requested_at, asked.worker) == (Status.PROCESSING, NOW + 5, "w")
    assert lifecycle.cancel(asked, NOW + 9) is asked


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (lambda job: lifecycle.complete(job, Raw(b"42"), NOW + 9), Outcome.COMPLETED),
        (lambda job: lifecycle.fail(job, ERROR, NOW + 9, 1.0), Outcome.FAILED),
        (lambda job: lifecycle.reject(job, NOW + 9, ERROR), Outcome.FAILED),
        (lambda job: lifecycle.snooze(job, NOW + 9, 1.0), Outcome.SNOOZED),
        (lambda job: lifecycle.hand_back(job, NOW + 9), Outcome.CANCELLED),
        (lambda job: lifecycle.recover(running(job, NOW + 9), job, NOW + 9), Outcome.LOST),
    ],
    ids=["complete", "fail", "reject", "snooze", "hand back", "recover"],
)
def test_however_the_attempt_of_a_cancelled_job_ends_the_job_is_cancelled_and_has_no_result(
    new_job: MakeJob, end: Callable[[Job], Job], outcome: Outcome
) -> None:
    job = end(lifecycle.cancel(running(new_job(now=NOW)), NOW + 5))
    assert (job.status, bytes(job.result)) == (Status.CANCELLED, b"null")
    assert job.error is not None
    assert (job.error.code, job.attempts[-1].outcome) == ("cancelled", outcome)


def test_a_snooze_costs_no_attempt(new_job: MakeJob) -> None:
    job = new_job(now=NOW, max_attempts=1)
    for _ in range(5):
        job = lifecycle.snooze(running(job), NOW, 2.0)
    assert (job.status, job.run_at, job.failures, len(job.attempts)) == (Status.SCHEDULED, NOW + 2 * SECOND, 0, 5)


def test_no_attempt_begins_after_the_deadline(new_job: MakeJob) -> None:
    job = running(new_job(now=NOW, deadline=10.0))
    assert lifecycle.fail(job, ERROR, NOW, 9.9).status is Status.RETRYING
    late = lifecycle.fail(job, ERROR, NOW, 10.0)
    assert late.status is Status.FAILED
    assert late.error is not None
    assert (late.error.code, late.attempts[-1].error) == ("deadline", ERROR)
    snoozed = lifecycle.snooze(job, NOW, 10.0)
    assert (snoozed.status, snoozed.error and snoozed.error.code) == (Status.FAILED, "deadline")


def test_no_attempt_begins_too_long_after_the_first(new_job: MakeJob) -> None:
    job = lifecycle.fail(running(new_job(now=NOW, max_elapsed=10.0)), ERROR, NOW, 5.0)
    assert job.status is Status.RETRYING
    over = lifecycle.fail(running(job, NOW + 5 * SECOND), ERROR, NOW + 6 * SECOND, 5.0)
    assert (over.status, over.error, over.failures) == (Status.FAILED, ERROR, 2)


def test_a_job_expires_only_before_its_first_attempt(new_job: MakeJob) -> None:
    job = new_job(now=NOW, run_at=NOW + SECOND, expires_in=2.0)
    assert lifecycle.missed(job, NOW + 3 * SECOND) is None
    error = lifecycle.missed(job, NOW + 3 * SECOND + 1)
    assert error is not None
    given_up = lifecycle.give_up(job, NOW + 4 * SECOND, error)
    assert (given_up.status, given_up.error and given_up.error.code, given_up.attempts) == (
        Status.FAILED,
        "expired",
        (),
    )
    began = lifecycle.fail(running(job), ERROR, NOW, 60.0)
    assert lifecycle.missed(began, NOW + 60 * SECOND) is None


def test_a_job_that_missed_its_deadline_may_be_retried_without_one(new_job: MakeJob) -> None:
    job = new_job(now=NOW, deadline=1.0, expires_in=1.0)
    error = lifecycle.missed(job, NOW + SECOND)
    assert error is not None
    again = lifecycle.retry(lifecycle.give_up(job, NOW + SECOND, error), NOW + 2 * SECOND)
    assert lifecycle.missed(again, NOW + 9 * SECOND) is None


def test_a_job_that_was_cancelled_before_it_proved_too_late_is_cancelled(new_job: MakeJob) -> None:
    asked = lifecycle.cancel(running(new_job(now=NOW, deadline=1.0)), NOW + 5)
    given_up = lifecycle.give_up(asked, NOW + 2 * SECOND, ERROR)
    assert (given_up.status, given_up.error and given_up.error.code) == (Status.CANCELLED, "cancelled")
