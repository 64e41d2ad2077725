"""When it is too late for a job to run."""

from shared.job import Job, JobError, Status
from shared.lifecycle.facts import cancelled, finished, written
from shared.lifecycle.table import check


def missed(job: Job, now: int) -> JobError | None:
    """Why it is too late for the job to run, if it is."""
    if is_past_deadline(job, now):
        return missed_deadline()
    if job.start_by is not None and now > job.start_by and not job.attempts:
        return JobError("expired", "The job waited longer for a worker than its `expiresIn` allows.")
    return None


def give_up(job: Job, now: int, error: JobError) -> Job:
    """It is too late for the job, which waits or was claimed but not begun."""
    check("give up", job)
    if job.cancel_requested_at is not None:
        return written(job, **cancelled(job, now))
    return written(job, **finished(job, Status.FAILED, now, error=error))


def is_past_deadline(job: Job, time: int) -> bool:
    """Whether all its attempts should have ended by then."""
    return job.deadline_at is not None and time >= job.deadline_at


def missed_deadline(last: JobError | None = None) -> JobError:
    """What a job failed of whose deadline came before it had ended; `last`: its last attempt."""
    why = f" The last attempt failed: {last.message}" if last else ""
    return JobError("deadline", f"The job's deadline has come, or would have before its next attempt.{why}")
