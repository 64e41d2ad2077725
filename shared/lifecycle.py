"""Every change of a job, as a pure function `Job -> Job`. Time and chance arrive as arguments.

Each function is named by its verb, checks the verb against the one table of transitions, and returns the next record
with `rev` one higher. One of these changes is also made by a script, because it must be one step with the queue:
`claim`, in `store/lua/claim.lua`; tests hold the script against the function.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Unpack

from msgspec import Raw
from msgspec.structs import replace

from shared.errors import IllegalTransition
from shared.job import DEFAULT_QUEUE, NOBODY, NOTHING, QUEUED, Attempt, Job, JobError, Outcome, Priority, Status, Terms
from shared.retry import RetryPolicy

MAX_LOSSES = 3  # a job lost with its worker this often is taken for the cause
SUSPECT_LOSSES = MAX_LOSSES - 1  # before its last run it is a suspect: a worker has one at a time, so innocents pass
MAX_KEPT_ATTEMPTS = 100  # the newest are kept
DAY = 86_400.0  # seconds
KEEP_FOR = DAY
KEEP_FAILED_FOR = 7 * DAY

_ENDS = frozenset({Status.CANCELLED})  # an attempt of a job that was cancelled meanwhile ends it, however it ended

TRANSITIONS: Mapping[str, Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        "claim": {
            **dict.fromkeys(QUEUED, frozenset({Status.PROCESSING})),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # once its lease has lapsed
        },
        "recover": {Status.PROCESSING: frozenset({Status.PROCESSING, Status.FAILED}) | _ENDS},
        "complete": {Status.PROCESSING: frozenset({Status.COMPLETED}) | _ENDS},
        "fail": {Status.PROCESSING: frozenset({Status.RETRYING, Status.FAILED}) | _ENDS},
        "reject": {Status.PROCESSING: frozenset({Status.FAILED}) | _ENDS},
        "snooze": {Status.PROCESSING: frozenset({Status.SCHEDULED, Status.FAILED}) | _ENDS},
        "hand back": {Status.PROCESSING: frozenset({Status.PENDING}) | _ENDS},
        "cancel": {
            **dict.fromkeys(QUEUED, frozenset({Status.CANCELLED})),
            Status.PROCESSING: frozenset({Status.PROCESSING}),  # until it has ended
        },
        "give up": {
            **dict.fromkeys(QUEUED, frozenset({Status.FAILED})),
            Status.PROCESSING: frozenset({Status.FAILED}) | _ENDS,
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
    queue: str = DEFAULT_QUEUE,
    priority: Priority = Priority.NORMAL,
    tags: Sequence[str] = (),
    run_at: int | None = None,
    expires_in: float | None = None,
    deadline: float | None = None,
    **terms: Unpack[Terms],
) -> Job:
    """A new job: `scheduled` if it is to run later than now, else `pending`. `expires_in` counts from its due time."""
    due = now if run_at is None else max(run_at, now)
    return Job(
        rev=1,
        fence=0,
        status=Status.SCHEDULED if due > now else Status.PENDING,
        type=type,
        tenant=tenant,
        queue=queue,
        priority=priority,
        claimed_at=0,
        worker=NOBODY,
        losses=0,
        tags=tuple(tags),
        id=id,
        created_at=now,
        run_at=due,
        payload=payload,
        start_by=_after(due, expires_in),
        deadline_at=_after(now, deadline),
        **terms,
    )


def claim(job: Job, worker: str, now: int) -> Job:
    """A worker takes the job: its fence moves on, and whoever held it before can no longer settle it."""
    _check("claim", job)
    return _written(job, fence=job.fence + 1, status=Status.PROCESSING, claimed_at=now, worker=worker)


def recover(job: Job, lapsed: Job, now: int) -> Job:
    """A claimed job turns out to be taken over from a worker that was lost, as the record stood `lapsed`.

    The lost attempt is recorded and costs the job nothing; but a job lost this way three times fails as `crashed`.
    """
    _check("recover", job)
    error = JobError("crashed", "The worker that ran this job was lost.")
    lost = _ended(job, lapsed, Outcome.LOST, now, error) | {"losses": job.losses + 1}
    if job.cancel_requested_at is not None:
        return _written(job, **lost, **_cancelled(job, now))
    if lost["losses"] < MAX_LOSSES:
        return _written(job, **lost)
    message = f"The job was lost together with its worker {MAX_LOSSES} times; it is not run again."
    return _written(job, **lost, **_finished(job, Status.FAILED, now, error=JobError("crashed", message)))


def complete(job: Job, result: Raw, now: int) -> Job:
    """The attempt succeeded. The result of a job that was cancelled meanwhile is thrown away."""
    _check("complete", job)
    ended = _ended(job, job, Outcome.COMPLETED, now)
    if job.cancel_requested_at is not None:
        return _written(job, **ended, **_cancelled(job, now))
    return _written(job, **ended, **_finished(job, Status.COMPLETED, now, result=result))


def fail(job: Job, error: JobError, now: int, delay: float) -> Job:
    """The attempt failed: another follows after `delay` seconds, unless the job has had its number, or its time."""
    _check("fail", job)
    run_at = now + round(delay * 1000)
    if job.failures + 1 >= job.max_attempts or _is_too_long(job, run_at) or job.cancel_requested_at is not None:
        return reject(job, now, error)
    if _is_past_deadline(job, run_at):
        return reject(job, now, error, verdict=_missed_deadline(error))
    ended = _ended(job, job, Outcome.FAILED, now, error)
    return _written(job, **ended, **_released(Status.RETRYING), failures=job.failures + 1, run_at=run_at)


def reject(job: Job, now: int, error: JobError, verdict: JobError | None = None) -> Job:
    """The attempt failed for good: no other would fare better. `verdict` is what the job failed of, if not of that."""
    _check("reject", job)
    ended = _ended(job, job, Outcome.FAILED, now, error) | {"failures": job.failures + 1}
    if job.cancel_requested_at is not None:
        return _written(job, **ended, **_cancelled(job, now))
    return _written(job, **ended, **_finished(job, Status.FAILED, now, error=verdict or error))


def snooze(job: Job, now: int, delay: float) -> Job:
    """The processor asks to be called again after `delay` seconds; that costs the job no attempt."""
    _check("snooze", job)
    run_at = now + round(delay * 1000)
    ended = _ended(job, job, Outcome.SNOOZED, now)
    if job.cancel_requested_at is not None:
        return _written(job, **ended, **_cancelled(job, now))
    if _is_past_deadline(job, run_at):
        return _written(job, **ended, **_finished(job, Status.FAILED, now, error=_missed_deadline()))
    return _written(job, **ended, **_released(Status.SCHEDULED), run_at=run_at)


def hand_back(job: Job, now: int) -> Job:
    """The attempt was stopped: because of the job, which then is cancelled, or because its worker stops.

    Then the job goes back to its old place, and that costs it nothing.
    """
    _check("hand back", job)
    if job.cancel_requested_at is not None:
        return _written(job, **_ended(job, job, Outcome.CANCELLED, now), **_cancelled(job, now))
    return _written(job, **_ended(job, job, Outcome.INTERRUPTED, now), **_released(Status.PENDING))


def cancel(job: Job, now: int) -> Job:
    """The job is not to run. One that runs is asked to stop, and keeps its status until it has."""
    _check("cancel", job)
    if job.status is not Status.PROCESSING:
        return _written(job, **_cancelled(job, now))
    return job if job.cancel_requested_at is not None else _written(job, cancel_requested_at=now)


def missed(job: Job, now: int) -> JobError | None:
    """Why it is too late for the job to run, if it is."""
    if _is_past_deadline(job, now):
        return _missed_deadline()
    if job.start_by is not None and now > job.start_by and not job.attempts:
        return JobError("expired", "The job waited longer for a worker than its `expiresIn` allows.")
    return None


def give_up(job: Job, now: int, error: JobError) -> Job:
    """It is too late for the job, which waits or was claimed but not begun."""
    _check("give up", job)
    if job.cancel_requested_at is not None:
        return _written(job, **_cancelled(job, now))
    return _written(job, **_finished(job, Status.FAILED, now, error=error))


def retry(job: Job, now: int) -> Job:
    """A failed job gets a fresh set of attempts, and no deadline; the attempts it had are kept."""
    _check("retry", job)
    return _written(
        job,
        status=Status.PENDING,
        run_at=now,
        start_by=None,
        deadline_at=None,
        completed_at=None,
        expires_at=None,
        failures=0,
        losses=0,
        error=None,
    )


def next_delay(job: Job, policy: RetryPolicy, jitter: float) -> float:
    """Seconds until the attempt after the present one, should that fail: by the job's own policy, or else by this."""
    return (job.backoff or policy).seconds(job.failures + 1, jitter)


def next_number(job: Job) -> int:
    """The number of the attempt that runs, or would run next: attempts are counted from 1, by runs."""
    return job.attempts[-1].number + 1 if job.attempts else 1


def _after(time: int, seconds: float | None) -> int | None:
    return None if seconds is None else time + round(seconds * 1000)


def _is_past_deadline(job: Job, time: int) -> bool:
    return job.deadline_at is not None and time >= job.deadline_at


def _is_too_long(job: Job, run_at: int) -> bool:
    """Whether the next attempt would come too long after the first."""
    first = job.started_at or job.claimed_at
    return job.max_elapsed is not None and run_at > first + job.max_elapsed * 1000


def _missed_deadline(last: JobError | None = None) -> JobError:
    why = f" The last attempt failed: {last.message}" if last else ""
    return JobError("deadline", f"The job's deadline has come, or would have before its next attempt.{why}")


def _cancelled(job: Job, now: int) -> dict[str, Any]:
    """The facts of a job that was cancelled."""
    error = JobError("cancelled", "The job was cancelled before it ran to its end.")
    return _finished(job, Status.CANCELLED, now, error=error)


def _check(verb: str, job: Job) -> None:
    if job.status not in TRANSITIONS[verb]:
        raise IllegalTransition(verb, job.id, job.status)


def _written(job: Job, **facts: Any) -> Job:  # noqa: ANN401 - fields of a job
    """The next record. Made in one go: this is done twice for every job that runs."""
    return replace(job, rev=job.rev + 1, **facts)


def _ended(job: Job, run: Job, outcome: Outcome, now: int, error: JobError | None = None) -> dict[str, Any]:
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


def _released(status: Status) -> dict[str, Any]:
    """The facts of a job that no worker holds any more."""
    return {"status": status, "claimed_at": 0, "worker": NOBODY}


def _finished(
    job: Job, status: Status, now: int, *, result: Raw = NOTHING, error: JobError | None = None
) -> dict[str, Any]:
    """The facts of a job that has reached its last status."""
    keep_for = job.keep_for if job.keep_for is not None else _KEEP[status]
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


_KEEP = {Status.COMPLETED: KEEP_FOR, Status.CANCELLED: KEEP_FOR, Status.FAILED: KEEP_FAILED_FOR}
