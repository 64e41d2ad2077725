"""From a job type and what a caller asks for to a new job. Pure: the id and the time arrive as arguments."""

from typing import Any, Unpack

from msgspec import Raw

from shared import lifecycle
from shared.job import NOTHING, Family, Job
from shared.job_types import JobType
from shared.schemas.options import Options


def new_job(  # noqa: PLR0913 - a job has that many facts
    job_type: JobType,
    options: Options,
    payload: Raw,
    *,
    id: str,
    now: int,
    tenant: str,
    metadata: Raw = NOTHING,
    request_id: str | None = None,
    traceparent: str | None = None,
    **family: Unpack[Family],
) -> Job:
    """The job. What the options leave open, the type decides."""
    return lifecycle.submit(
        id=id,
        type=job_type.name,
        payload=payload,
        now=now,
        tenant=tenant,
        max_attempts=options.max_attempts or job_type.max_attempts,
        timeout=options.timeout or job_type.timeout,
        queue=options.queue or job_type.queue,
        priority=options.priority,
        run_at=options.due(now),
        tags=options.tags,
        metadata=metadata,
        keep=job_type.keep,
        heartbeat=options.heartbeat or job_type.heartbeat,
        **_as_asked(options),
        request_id=request_id,
        traceparent=traceparent,
        **family,
    )


def _as_asked(options: Options) -> dict[str, Any]:
    """What stands in the record as the caller asked for it."""
    dedup = {"dedup": options.dedup.hash, "dedup_for": options.dedup.seconds} if options.dedup else {}
    return {
        **dedup,
        "keep_for": options.keep_for,
        "backoff": options.backoff,
        "max_elapsed": options.max_elapsed,
        "expires_in": options.expires_in,
        "deadline": options.deadline,
        "on_child_failure": options.on_child_failure,
        "callback_url": options.callback_url,
    }
