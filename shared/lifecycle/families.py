"""The verbs of jobs that wait for others, their children."""

from shared.job import Job, Outcome, Status
from shared.lifecycle.facts import cancelled, finished, released, waiting, with_attempt, written
from shared.lifecycle.lateness import is_past_deadline, missed_deadline
from shared.lifecycle.table import check

MOST_CHILDREN = 10_000  # of one job


def wait(job: Job, now: int, *, added: int = 0, is_failure: bool = False) -> Job:
    """The job waits for its children: for new ones, which its processor has `added`, or for those it had.

    `is_failure`: because some have failed and are tried again, which counts against its own attempts. The store
    releases it as soon as all of them have ended, which may be now.
    """
    check("wait", job)
    ended = with_attempt(job, job, Outcome.WAITED, now) if added else {}
    if job.cancel_requested_at is not None:
        return written(job, **ended, **cancelled(job, now))
    if is_past_deadline(job, now):
        return written(job, **ended, **finished(job, Status.FAILED, now, error=missed_deadline()))
    facts = {
        "waits": job.waits + bool(added),
        "child_count": job.child_count + added,
        "failures": job.failures + is_failure,
    }
    return written(job, **ended, **released(Status.BLOCKED), **facts)


def release(job: Job, now: int) -> Job:
    """All that the job waits for has ended, or enough of it: it may be claimed once it is due."""
    check("release", job)
    return written(job, status=waiting(job.run_at, max(now, job.created_at)))  # its creator's clock may be ahead


def began_to_add(job: Job) -> int:
    """When (ms) the job, which runs, began with what it does now: it may have been lost, or have failed, since.

    That is when it was claimed for the first time, or for the first time after it had waited for children it added.
    """
    since: list[int] = []
    for attempt in job.attempts:
        since = [] if attempt.outcome is Outcome.WAITED else [*since, attempt.started_at]
    return since[0] if since else job.claimed_at
