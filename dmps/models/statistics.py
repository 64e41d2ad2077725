"""What became of jobs, counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import field

from dmps.models.jobs import Failure, Wire


class Percentiles(Wire, frozen=True, kw_only=True):
    """Seconds, right to within a factor of 1.3; None where there was nothing."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Point(Wire, frozen=True, kw_only=True):
    """What happened in one step: how many jobs, and how long they waited and ran."""

    at: datetime
    submitted: int
    completed: int
    failed: int
    cancelled: int
    retried: int
    lost: int
    wait: Percentiles
    run: Percentiles
    depth: int | None = None
    oldest_wait: float | None = None


class Statistics(Wire, frozen=True, kw_only=True):
    """The steps of an hour or a day, of so many seconds each, the oldest first; the last is not over."""

    window: str
    step: int
    points: Sequence[Point]


class FailedJob(Wire, frozen=True, kw_only=True):
    """A job that has failed, and why."""

    job_id: str
    error: Failure
    links: Mapping[str, str] = field(default_factory=dict)


class ErrorGroup(Wire, frozen=True, kw_only=True):
    """Jobs that failed of the same. In `message`, # stands for numbers and ids."""

    type: str
    code: str
    exception: str | None = None
    message: str
    count: int
    newest_at: datetime
    oldest_at: datetime
    example: FailedJob


class ErrorGroups(Wire, frozen=True, kw_only=True):
    """The groups, the largest first, of so many failed jobs: the newest, if they are not `complete`."""

    errors: Sequence[ErrorGroup]
    scanned: int
    complete: bool
