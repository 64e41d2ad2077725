"""Job types, queues, workers and the checks of a deployment, as they are answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from dmps.models.jobs import Backoff, Wire


class Defaults(Wire, frozen=True, kw_only=True):
    """What holds for a job that does not say otherwise."""

    max_attempts: int
    timeout: float
    queue: str
    heartbeat: float | None = None


class Limits(Wire, frozen=True, kw_only=True):
    """What of a queue or a job type is paused or limited."""

    name: str
    paused: bool = False
    max_running: int | None = None
    max_starts_per_second: float | None = None


class JobType(Limits, frozen=True, kw_only=True):
    """What a type of job takes and returns, as JSON Schemas, with an example of a payload."""

    summary: str
    defaults: Defaults
    backoff: Backoff
    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None = None
    example: Any = None


class Rates(Wire, frozen=True, kw_only=True):
    """How many jobs a second came and left, over the last minute."""

    into: float = field(name="in")
    out: float


class Queue(Limits, frozen=True, kw_only=True):
    """How a queue stands."""

    depth: Mapping[str, int]
    oldest_wait_seconds: float | None = None
    rate_per_second: Rates
    estimated_wait_seconds: float | None = None
    workers: int
    links: Mapping[str, str] = field(default_factory=dict)


class RunningJob(Wire, frozen=True, kw_only=True):
    """A job that a worker runs, and since when."""

    job_id: str
    type: str
    since: datetime
    links: Mapping[str, str] = field(default_factory=dict)


class Worker(Wire, frozen=True, kw_only=True):
    """What a worker is and does. `memory` is in bytes."""

    id: str
    host: str
    pid: int
    version: str = ""
    queues: Mapping[str, int] = field(default_factory=dict)
    types: Sequence[str] = ()
    slots: int
    running: int
    jobs: Sequence[RunningJob] = ()
    memory: int | None = None
    draining: bool = False
    started_at: datetime
    links: Mapping[str, str] = field(default_factory=dict)


class Check(Struct, frozen=True):
    """One thing that was looked at, what was found, and what to do if it is not well."""

    name: str
    status: Literal["ok", "warning", "failed"]
    detail: str
    fix: str | None = None


class Diagnosis(Struct, frozen=True):
    """All that was looked at; `status` is the worst of it."""

    status: Literal["ok", "warning", "failed"]
    checks: Sequence[Check]


class JobTypes(Wire, frozen=True, kw_only=True):
    """The answer that lists the job types."""

    job_types: Sequence[JobType]


class Queues(Wire, frozen=True, kw_only=True):
    """The answer that lists the queues."""

    queues: Sequence[Queue]


class Workers(Wire, frozen=True, kw_only=True):
    """The answer that lists the workers."""

    workers: Sequence[Worker]
