"""Schedules to try things with."""

from typing import Any

from msgspec import Raw

from shared import lifecycle
from shared.job import DEFAULT_TENANT, Job
from shared.schedules import Schedule, begun

ID = "018bcfe5-6800-7000-8000-000000000001"
NOW = 1_700_000_000_000  # 2023-11-14T22:13:20Z


def template(**facts: Any) -> Job:
    """What a schedule's jobs are made of."""
    defaults = {"type": "noop", "payload": Raw(b'{"attempts":[]}'), "tenant": DEFAULT_TENANT}
    return lifecycle.submit(**{**defaults, "id": ID, "now": 0, "max_attempts": 3, "timeout": 30.0, **facts})


def schedule(now: int = NOW, **facts: Any) -> Schedule:
    """One that begins now, each second unless something else is said."""
    when = {} if "cron" in facts else {"every": 1.0}
    known = {"rev": 1, "id": ID, "tenant": DEFAULT_TENANT, "created_at": now, "job": template()}
    return begun(Schedule(**{**known, **when, **facts}), now)
