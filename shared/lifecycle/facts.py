"""What verbs write: the facts of a job that has been released, has one more attempt behind it, or has finished."""

from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from shared.job import NOBODY, NOTHING, Attempt, Job, JobError, Keep, Outcome, Status

MAX_KEPT_ATTEMPTS = 100  # the newest are kept
_KEEP = Keep()


def next_number(job: Job) -> int:
    """The number of the attempt that runs, or would run next: attempts are counted from 1, by runs."""
    return job.attempts[-1].number + 1 if job.attempts else 1


def written(job: Job, **facts: Any) -> Job:  # noqa: ANN401 - fields of a job
    """The next record. Made in one go: this is done twice for every job that runs."""
    return replace(job, rev=job.rev + 1, **facts)


def with_attempt(job: Job, run: Job, outcome: Outcome, now: int, error: JobError | None = None) -> dict[str, Any]:
    """The facts of a job that has one more attempt behind it: the one of `run`'s worker."""
    attempt = Attempt(
        number=next_number(job),
        worker=run.worker,
        started_at=run.claimed_at,
        ended_at=now,
        outcome=outcome,
        error=error,
    )
    return {
        "started_at": job.started_at or run.claimed_at,
        "attempts": (*job.attempts[-MAX_KEPT_ATTEMPTS + 1 :], attempt),
    }


def waiting(due: int, now: int) -> Status:
    """The status of a job that waits for nothing but its time."""
    return Status.SCHEDULED if due > now else Status.PENDING


def released(status: Status) -> dict[str, Any]:
    """The facts of a job that no worker holds any more."""
    return {"status": status, "claimed_at": 0, "worker": NOBODY}


def finished(
    job: Job, status: Status, now: int, *, result: Raw = NOTHING, error: JobError | None = None
) -> dict[str, Any]:
    """The facts of a job that has reached its last status."""
    keep_for = job.keep_for if job.keep_for is not None else getattr(job.keep or _KEEP, status)
    return {
        "status": status,
        "claimed_at": 0,
        "worker": NOBODY,
        "cancel_requested_at": None,
        "completed_at": now,
        "expires_at": now + round(keep_for * 1000),
        "result": result,
        "error": error,
    }


def cancelled(job: Job, now: int) -> dict[str, Any]:
    """The facts of a job that was cancelled."""
    error = JobError("cancelled", "The job was cancelled before it ran to its end.")
    return finished(job, Status.CANCELLED, now, error=error)
