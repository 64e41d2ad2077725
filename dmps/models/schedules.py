"""Schedules: jobs that recur, as they are answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import field

from dmps.models.jobs import Wire


class Schedule(Wire, frozen=True, kw_only=True):
    """When a job recurs: by `cron` in its time zone, or `every` so many seconds. `docs/api.md` explains each member."""

    id: str
    name: str | None = None
    cron: str | None = None
    every: float | None = None
    time_zone: str = "UTC"
    start_at: datetime | None = None
    end_at: datetime | None = None
    overlap: str = ""
    catch_up: str = ""
    catch_up_window: float = 0
    jitter: float = 0
    paused: bool = False
    job: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None
    last_job_id: str | None = None
    waiting: int = 0
    links: Mapping[str, str] = field(default_factory=dict)


class SchedulePage(Wire, frozen=True, kw_only=True):
    """Some schedules, and where the next ones are."""

    schedules: Sequence[Schedule]
    next_page_token: str | None = None


class Ticks(Wire, frozen=True, kw_only=True):
    """The ticks that are to come, the earliest first."""

    times: Sequence[datetime]


class TickOutcome(Wire, frozen=True, kw_only=True):
    """What became of a tick. `until`: of ticks that were missed, until then all were."""

    tick: datetime
    at: datetime
    outcome: str
    until: datetime | None = None
    job_id: str | None = None
    error: str | None = None
    by_hand: bool = False


class History(Wire, frozen=True, kw_only=True):
    """What became of ticks, the newest first."""

    entries: Sequence[TickOutcome]
