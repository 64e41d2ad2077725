"""Every change of a job, as a pure function `Job -> Job`. Time and chance arrive as arguments.

Each function is named by its verb, checks the verb against the one table of transitions, and returns the next record
with `rev` one higher. One of these changes is also made by a script, because it must be one step with the queue:
`claim`, in `store/lua/claim.lua`; tests hold the script against the function.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Raw
from msgspec.structs import replace

from shared.errors import IllegalTransition
from shared.job import NOBODY, NOTHING, Attempt, Job, JobError, Outcome, Status
from shared.retry import RetryPolicy

MAX_LOSSES = 3  # a job lost with its worker this often is taken for the cause
MAX_KEPT_ATTEMPTS = 100  # the newest are kept
DAY = 86_400.0  # seconds
KEEP_FOR = DAY
KEEP_FAILED_FOR = 7 * DAY

TRANSITIONS: Mapping[str, Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        "claim": {
            Status.PENDING: frozenset({Status.PROCESSING}),
            Status.SCHEDULED: frozenset({Status.PROCESSING}),
            Status.RETRYING: frozenset({Status.PROCESSING}),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # once its lease has lapsed
        },
        "recover": {Status.PROCESSING: frozenset({Status.PROCESSING, Status.FAILED})},
        "complete": {Status.PROCESSING: frozenset({Status.COMPLETED})},
        "fail": {Status.PROCESSING: frozenset({Status.RETRYING, Status.FAILED})},
        "reject": {Status.PROCESSING: frozenset({Status.FAILED})},
        "hand back": {Status.PROCESSING: frozenset({Status.PENDING})},
        "cancel": {
            Status.PENDING: frozenset({Status.CANCELLED}),
            Status.SCHEDULED: frozenset({Status.CANCELLED}),
            Status.RETRYING: frozenset({Status.CANCELLED}),
        },
        "retry": {Status.FAILED: frozenset({Status.PENDING})},
    }
)


def submit(  # noqa: PLR0913 - a job has that many facts
    *,
    id: str,
    type: str,
    payload: Raw,
    now: int,
    tenant: str,
    max_attempts: int,
    timeout: float,
    run_at: int | None = None,
    tags: Sequence[str] = (),
    metadata: Raw = NOTHING,
    keep_for: float | None = None,
) -> Job:
    """A new job: `scheduled` if it is to run later than now, else `pending`."""
    due = now if run_at is None else max(run_at, now)
    return Job(
        rev=1,
        fence=0,
        status=Status.SCHEDULED if due > now else Status.PENDING,
        type=type,
        tenant=tenant,
        claimed_at=0,
        worker=NOBODY,
        tags=tuple(tags),
        id=id,
        created_at=now,
        run_at=due,
        payload=payload,
        max_attempts=max_attempts,
        timeout=timeout,
        keep_for=keep_for,
        metadata=metadata,
    )


def claim(job: Job, worker: str, now: int) -> Job:
    """A worker takes the job: its fence moves on, and whoever held it before can no longer settle it."""
    _check("claim", job)
    return replace(job, rev=job.rev + 1, fence=job.fence + 1, status=Status.PROCESSING, claimed_at=now, worker=worker)


def recover(job: Job, lapsed: Job, now: int) -> Job:
    """A claimed job turns out to be taken over from a worker that was lost, as the record stood `lapsed`.

    The lost attempt is recorded and costs the job nothing; but a job lost this way three times fails as `crashed`.
    """
    _check("recover", job)
    error = JobError("crashed", "The worker that ran this job was lost.")
    lost = replace(_ended(replace(job, **_hold(lapsed)), Outcome.LOST, now, error), losses=job.losses + 1)
    if lost.losses < MAX_LOSSES:
        return replace(lost, **_hold(job))
    message = f"The job was lost together with its worker {MAX_LOSSES} times; it is not run again."
    return _finished(lost, Status.FAILED, now, error=JobError("crashed", message))


def complete(job: Job, result: Raw, now: int) -> Job:
    """The attempt succeeded."""
    _check("complete", job)
    return _finished(_ended(job, Outcome.COMPLETED, now), Status.COMPLETED, now, result=result)


def fail(job: Job, error: JobError, now: int, delay: float) -> Job:
    """The attempt failed: another follows after `delay` seconds, unless that was the last allowed."""
    _check("fail", job)
    ended = replace(_ended(job, Outcome.FAILED, now, error), failures=job.failures + 1)
    if ended.failures >= job.max_attempts:
        return _finished(ended, Status.FAILED, now, error=error)
    return replace(_released(ended, Status.RETRYING), run_at=now + round(delay * 1000))


def reject(job: Job, now: int, error: JobError) -> Job:
    """The attempt failed for good: no other would fare better."""
    _check("reject", job)
    ended = replace(_ended(job, Outcome.FAILED, now, error), failures=job.failures + 1)
    return _finished(ended, Status.FAILED, now, error=error)


def hand_back(job: Job, now: int) -> Job:
    """The worker stops and gives the job back to its old place; that costs the job nothing."""
    _check("hand back", job)
    return _released(_ended(job, Outcome.INTERRUPTED, now), Status.PENDING)


def cancel(job: Job, now: int) -> Job:
    """The job is not to run."""
    _check("cancel", job)
    error = JobError("cancelled", "The job was cancelled before it ran to its end.")
    return _finished(replace(job, rev=job.rev + 1), Status.CANCELLED, now, error=error)


def retry(job: Job, now: int) -> Job:
    """A failed job gets a fresh set of attempts; those it had are kept."""
    _check("retry", job)
    return replace(
        job,
        rev=job.rev + 1,
        status=Status.PENDING,
        run_at=now,
        completed_at=None,
        expires_at=None,
        failures=0,
        losses=0,
        error=None,
    )


def next_delay(job: Job, policy: RetryPolicy, jitter: float) -> float:
    """Seconds until the attempt after the present one, should the present one fail."""
    return policy.delay(job.failures + 1, jitter)


def next_number(job: Job) -> int:
    """The number of the attempt that runs, or would run next: attempts are counted from 1, by runs."""
    return job.attempts[-1].number + 1 if job.attempts else 1


def _check(verb: str, job: Job) -> None:
    if job.status not in TRANSITIONS[verb]:
        raise IllegalTransition(verb, job.id, job.status)


def _ended(job: Job, outcome: Outcome, now: int, error: JobError | None = None) -> Job:
    attempt = Attempt(
        number=next_number(job),
        worker=job.worker,
        started_at=job.claimed_at,
        ended_at=now,
        outcome=outcome,
        error=error,
    )
    return replace(
        job,
        rev=job.rev + 1,
        started_at=job.started_at or job.claimed_at,
        attempts=(*job.attempts[-MAX_KEPT_ATTEMPTS + 1 :], attempt),
    )


def _hold(job: Job) -> dict[str, Any]:
    return {"worker": job.worker, "claimed_at": job.claimed_at}


def _released(job: Job, status: Status) -> Job:
    return replace(job, status=status, claimed_at=0, worker=NOBODY)


def _finished(job: Job, status: Status, now: int, *, result: Raw = NOTHING, error: JobError | None = None) -> Job:
    keep_for = job.keep_for if job.keep_for is not None else _KEEP[status]
    return replace(
        job,
        status=status,
        claimed_at=0,
        worker=NOBODY,
        completed_at=now,
        expires_at=now + round(keep_for * 1000),
        result=result,
        error=error,
    )


_KEEP = {Status.COMPLETED: KEEP_FOR, Status.CANCELLED: KEEP_FOR, Status.FAILED: KEEP_FAILED_FOR}
