"""The verbs of an attempt: what its worker says of it, or what is found of one that was lost."""

from msgspec import Raw

from shared.job import Job, JobError, Outcome, ResultFile, Status
from shared.lifecycle.facts import cancelled, finished, released, with_attempt, written
from shared.lifecycle.lateness import is_past_deadline, missed_deadline
from shared.lifecycle.table import check
from shared.retry import RetryPolicy

MAX_LOSSES = 3  # a job lost with its worker this often is taken for the cause
SUSPECT_LOSSES = MAX_LOSSES - 1  # before its last run it is a suspect: a worker has one at a time, so innocents pass


def claim(job: Job, worker: str, now: int) -> Job:
    """A worker takes the job: its fence moves on, and whoever held it before can no longer settle it."""
    check("claim", job)
    return written(job, fence=job.fence + 1, status=Status.PROCESSING, claimed_at=now, worker=worker)


def recover(job: Job, lapsed: Job, now: int) -> Job:
    """A claimed job turns out to be taken over from a worker that was lost, as the record stood `lapsed`.

    The lost attempt is recorded and costs the job nothing; but a job lost this way three times fails as `crashed`.
    """
    check("recover", job)
    error = JobError("crashed", "The worker that ran this job was lost.")
    lost = with_attempt(job, lapsed, Outcome.LOST, now, error) | {"losses": job.losses + 1}
    if job.cancel_requested_at is not None:
        return written(job, **lost, **cancelled(job, now))
    if lost["losses"] < MAX_LOSSES:
        return written(job, **lost)
    message = f"The job was lost together with its worker {MAX_LOSSES} times; it is not run again."
    return written(job, **lost, **finished(job, Status.FAILED, now, error=JobError("crashed", message)))


def complete(job: Job, result: Raw, now: int, file: ResultFile | None = None) -> Job:
    """The attempt succeeded; `file` holds a large result. That of a job that was cancelled meanwhile is thrown away."""
    check("complete", job)
    ended = with_attempt(job, job, Outcome.COMPLETED, now)
    if job.cancel_requested_at is not None:
        return written(job, **ended, **cancelled(job, now))
    return written(job, **ended, **finished(job, Status.COMPLETED, now, result=result), result_file=file)


def fail(job: Job, error: JobError, now: int, delay: float) -> Job:
    """The attempt failed: another follows after `delay` seconds, unless the job has had its number, or its time."""
    check("fail", job)
    run_at = now + round(delay * 1000)
    if job.failures + 1 >= job.max_attempts or _is_too_long(job, run_at) or job.cancel_requested_at is not None:
        return reject(job, now, error)
    if is_past_deadline(job, run_at):
        return reject(job, now, error, verdict=missed_deadline(error))
    ended = with_attempt(job, job, Outcome.FAILED, now, error)
    return written(job, **ended, **released(Status.RETRYING), failures=job.failures + 1, run_at=run_at)


def reject(job: Job, now: int, error: JobError, verdict: JobError | None = None) -> Job:
    """The attempt failed for good: no other would fare better. `verdict` is what the job failed of, if not of that."""
    check("reject", job)
    ended = with_attempt(job, job, Outcome.FAILED, now, error) | {"failures": job.failures + 1}
    if job.cancel_requested_at is not None:
        return written(job, **ended, **cancelled(job, now))
    return written(job, **ended, **finished(job, Status.FAILED, now, error=verdict or error))


def snooze(job: Job, now: int, delay: float) -> Job:
    """The processor asks to be called again after `delay` seconds; that costs the job no attempt."""
    check("snooze", job)
    run_at = now + round(delay * 1000)
    ended = with_attempt(job, job, Outcome.SNOOZED, now)
    if job.cancel_requested_at is not None:
        return written(job, **ended, **cancelled(job, now))
    if is_past_deadline(job, run_at):
        return written(job, **ended, **finished(job, Status.FAILED, now, error=missed_deadline()))
    return written(job, **ended, **released(Status.SCHEDULED), run_at=run_at)


def hand_back(job: Job, now: int) -> Job:
    """The attempt was stopped: because of the job, which then is cancelled, or because its worker stops.

    Then the job goes back to its old place, and that costs it nothing.
    """
    check("hand back", job)
    if job.cancel_requested_at is not None:
        return written(job, **with_attempt(job, job, Outcome.CANCELLED, now), **cancelled(job, now))
    return written(job, **with_attempt(job, job, Outcome.INTERRUPTED, now), **released(Status.PENDING))


def next_delay(job: Job, policy: RetryPolicy, jitter: float) -> float:
    """Seconds until the attempt after the present one, should that fail: by the job's own policy, or else by this."""
    return (job.backoff or policy).seconds(job.failures + 1, jitter)


def _is_too_long(job: Job, run_at: int) -> bool:
    """Whether the next attempt would come too long after the first."""
    first = job.started_at or job.claimed_at
    return job.max_elapsed is not None and run_at > first + job.max_elapsed * 1000
