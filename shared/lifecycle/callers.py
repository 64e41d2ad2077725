"""The verbs of callers: what they may do with a job."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from msgspec import Raw

from shared.errors import IllegalTransition
from shared.job import DEFAULT_QUEUE, FINISHED, NOBODY, Job, Priority, Status, Terms
from shared.lifecycle.facts import cancelled, waiting, written
from shared.lifecycle.table import check


class Amendment(TypedDict, total=False):
    """What may be changed of a job that has not ended. `run_at`: ms since the epoch."""

    priority: Priority
    run_at: int
    tags: tuple[str, ...]
    metadata: Raw


_UNTOUCHED: dict[str, Any] = {"rev": 1, "fence": 0, "claimed_at": 0, "worker": NOBODY, "losses": 0}


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
    own_children: int = 0,
    **terms: Unpack[Terms],
) -> Job:
    """A new job: `blocked` if it waits for others, `scheduled` if it is to run later than now, else `pending`.

    It waits for what it `depends_on`, and for `own_children` that are submitted with it. `expires_in` counts from its
    due time.
    """
    due = now if run_at is None else max(run_at, now)
    child_count = own_children + len(terms.get("depends_on", ()))
    return Job(
        **_UNTOUCHED,
        status=Status.BLOCKED if child_count else waiting(due, now),
        type=type,
        tenant=tenant,
        queue=queue,
        priority=priority,
        tags=tuple(tags),
        id=id,
        created_at=now,
        run_at=due,
        payload=payload,
        start_by=_after(due, expires_in),
        deadline_at=_after(now, deadline),
        child_count=child_count,
        **terms,
    )


def cancel(job: Job, now: int) -> Job:
    """The job is not to run. One that runs is asked to stop, and keeps its status until it has."""
    check("cancel", job)
    if job.status is not Status.PROCESSING:
        return written(job, **cancelled(job, now))
    return job if job.cancel_requested_at is not None else written(job, cancel_requested_at=now)


def retry(job: Job, now: int) -> Job:
    """A failed job gets a fresh set of attempts, and no deadline; the attempts it had are kept.

    If it has children, the store releases it as soon as all of them have ended, which may be now.
    """
    check("retry", job)
    return written(
        job,
        status=Status.BLOCKED if job.child_count else Status.PENDING,
        run_at=now,
        start_by=None,
        deadline_at=None,
        completed_at=None,
        expires_at=None,
        failures=0,
        losses=0,
        error=None,
    )


def amend(job: Job, now: int, amendment: Amendment) -> Job:
    """The caller wants it otherwise. Only a job that waits has a place, by its priority and time, to be changed."""
    check("amend", job)
    if job.status is Status.PROCESSING and amendment.keys() & _PLACE:
        raise IllegalTransition("change the priority or the runAt of", job.id, job.status)
    facts: dict[str, Any] = {**amendment}
    if "run_at" in amendment:
        facts |= _moved(job, now, amendment["run_at"])
    is_same = all(getattr(job, name) == value for name, value in facts.items())
    return job if is_same else written(job, **facts)


def check_finished(verb: str, job: Job) -> None:
    """Raise `IllegalTransition` for what is done with jobs that have ended, and changes none: replay, delete."""
    if job.status not in FINISHED:
        raise IllegalTransition(verb, job.id, job.status)


def _moved(job: Job, now: int, run_at: int) -> dict[str, Any]:
    """The facts of a job that waits for another time. What it may wait for its first attempt counts from then."""
    due = max(run_at, now)
    facts: dict[str, Any] = {"run_at": due}
    if job.status in {Status.PENDING, Status.SCHEDULED}:
        facts["status"] = waiting(due, now)
    if job.start_by is not None and not job.attempts:
        facts["start_by"] = job.start_by + due - job.run_at
    return facts


def _after(time: int, seconds: float | None) -> int | None:
    return None if seconds is None else time + round(seconds * 1000)


_PLACE = frozenset({"priority", "run_at"})
