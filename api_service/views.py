"""A job as callers see it. The body of a finished job depends on its record alone, and so never changes."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from shared import times
from shared.job import FINISHED, Attempt, Job, Status
from shared.lifecycle import TRANSITIONS, next_number
from shared.retry import RetryPolicy
from shared.store import JobView, Outlook

PATH = "/api/jobs"


def job_path(job_id: str) -> str:
    """Where a job is to be found."""
    return f"{PATH}/{job_id}"


def whole(view: JobView, outlook: Outlook | None = None) -> dict[str, Any]:
    """All there is to know of a job. `outlook` is that of one that waits."""
    job = view.job
    result = {"result": job.result, "resultFile": _result_file(job)}
    large = {"payload": job.payload, **result, "attempts": attempts(job)}
    return {**brief(view), **({} if job.status in FINISHED else _place(job, outlook)), **large}


def brief(view: JobView) -> dict[str, Any]:
    """A job in a list: without its payload, result and attempts, which may be a megabyte each."""
    job = view.job
    return {
        "id": job.id,
        "type": job.type,
        "status": job.status,
        "createdAt": rfc3339(job.created_at),
        "runAt": rfc3339(job.run_at),
        "startedAt": rfc3339(job.started_at or job.claimed_at or None),
        "completedAt": rfc3339(job.completed_at),
        "expiresAt": rfc3339(job.expires_at),
        "startBy": rfc3339(job.start_by),
        "deadlineAt": rfc3339(job.deadline_at),
        "cancelRequestedAt": rfc3339(job.cancel_requested_at),
        "progress": _progress(view),
        "error": job.error,
        "priority": job.priority,
        "queue": job.queue,
        "tags": job.tags,
        "metadata": job.metadata,
        "requestId": job.request_id,
        "traceparent": job.traceparent,
        "maxAttempts": job.max_attempts,
        "timeout": _number(job.timeout),
        "heartbeat": number_or_none(job.heartbeat),
        "backoff": policy(job.backoff),
        "maxElapsed": number_or_none(job.max_elapsed),
        "keepFor": number_or_none(job.keep_for),
        "replayOf": job.replay_of,
        "scheduleId": job.schedule_id,
        "callbackUrl": job.callback_url,
        "parentId": job.parent_id,
        "children": list(view.children),
        "childCount": job.child_count,
        "onChildFailure": job.on_child_failure,
        "links": _links(job),
    }


def _place(job: Job, outlook: Outlook | None) -> dict[str, Any]:
    """Where a job stands that has not ended."""
    start = None if outlook is None else estimated_start(job, outlook)
    return {"position": None if outlook is None else outlook.before, "estimatedStartAt": rfc3339(start)}


def estimated_start(job: Job, outlook: Outlook) -> int | None:
    """When (ms) a job that waits will start if its queue goes on as it did, to the next full second; None if unknown.

    That is once all that stand before it have left at the queue's rate, and never before it is due.
    """
    if outlook.before is None or not outlook.may_begin:
        return None
    wait = outlook.rates.wait(outlook.before)
    return None if wait is None else max(job.run_at, ceil(outlook.now / 1000 + wait) * 1000)


def rfc3339(ms: int | None) -> str | None:
    """A time (ms since the epoch) in UTC with milliseconds, as RFC 3339 writes it; None stays None."""
    return None if ms is None else times.rfc3339(ms)


def policy(backoff: RetryPolicy | None) -> dict[str, Any] | None:
    """A policy of retries, with what it leaves out."""
    if backoff is None:
        return None
    seconds = {"delay": _number(backoff.delay), "max": _number(backoff.cap)}
    return {"kind": backoff.kind, **seconds, "jitter": backoff.jitter}


def attempts(job: Job) -> list[dict[str, Any]]:
    """Its runs, in order."""
    ended = [_attempt(attempt) for attempt in job.attempts]
    if job.status is not Status.PROCESSING:
        return ended
    number = next_number(job)
    started = rfc3339(job.claimed_at)
    running = {"number": number, "worker": job.worker, "startedAt": started, "endedAt": None, "outcome": None}
    return [*ended, {**running, "error": None}]


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "worker": attempt.worker,
        "startedAt": rfc3339(attempt.started_at),
        "endedAt": rfc3339(attempt.ended_at),
        "outcome": attempt.outcome,
        "error": attempt.error,
    }


def _progress(view: JobView) -> Mapping[str, Any] | None:
    """What the job told last. It stands beside the record and may come late, so it says nothing of a finished job."""
    if view.job.status is Status.COMPLETED:
        return {"percent": 100, "message": ""}
    if view.progress is None or view.job.status in FINISHED:
        return None
    return {"percent": _number(view.progress.percent), "message": view.progress.message}


def _links(job: Job) -> dict[str, str]:
    path = job_path(job.id)
    verbs = {verb: f"{path}/{verb}" for verb in ("cancel", "retry") if job.status in TRANSITIONS[verb]}
    verbs |= {"replay": f"{path}/replay"} if job.status in FINISHED else {}
    parts = {part: f"{path}/{part}" for part in ("attempts", "logs", "tree")}
    result = {"result": f"{path}/result"} if job.status is Status.COMPLETED else {}
    return {"self": path, **verbs, **result, **parts}


def _result_file(job: Job) -> dict[str, Any] | None:
    file = job.result_file
    return None if file is None else {"fileId": file.file_id, "size": file.bytes}


def number_or_none(value: float | None) -> int | float | None:
    """A duration on the wire: 30, not 30.0."""
    return None if value is None else _number(value)


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value
