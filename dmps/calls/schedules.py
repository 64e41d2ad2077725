"""Schedules: jobs that recur."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dmps.calls.asking import act, ask_with, change, fetch, path, query, remove
from dmps.exchange import Again, Flow, Item, Plan
from dmps.models.jobs import Submitted
from dmps.models.schedules import History, Schedule, SchedulePage, TickOutcome, Ticks


def schedules() -> Flow[Schedule]:
    """All schedules, the newest first, page by page as they are read."""
    token: str | None = ""
    while token is not None:
        page = yield from fetch(SchedulePage, path("schedules"), query(pageToken=token or None))
        for schedule in page.schedules:
            yield Item(schedule)
        token = page.next_page_token


def schedule(schedule_id: str) -> Plan[Schedule]:
    """One of them. Raises `NotFound`."""
    return fetch(Schedule, path("schedules", schedule_id))


def create_schedule(wanted: Mapping[str, Any]) -> Plan[Schedule]:
    """Make one, as `POST /api/schedules` takes it. It is not sent again once it may have been made."""
    answer = yield ask_with("POST", path("schedules"), wanted, Again.IF_REFUSED)
    return answer.read(Schedule)


def change_schedule(schedule_id: str, to: Mapping[str, Any]) -> Plan[Schedule]:
    """Change one; what is left out stays, None is the default."""
    return change(Schedule, path("schedules", schedule_id), to)


def delete_schedule(schedule_id: str) -> Plan[None]:
    """Remove one; the jobs that it has submitted stay."""
    return remove(path("schedules", schedule_id))


def pause_schedule(schedule_id: str) -> Plan[Schedule]:
    """Let it have no ticks, until it is resumed."""
    return act(Schedule, path("schedules", schedule_id, "pause"))


def resume_schedule(schedule_id: str) -> Plan[Schedule]:
    """End its pause."""
    return act(Schedule, path("schedules", schedule_id, "resume"))


def run_schedule(schedule_id: str) -> Plan[Submitted]:
    """Submit its job now, beside all ticks."""
    return act(Submitted, path("schedules", schedule_id, "run"), again=Again.IF_REFUSED)


def schedule_times(schedule_id: str, count: int | None = None) -> Plan[Sequence[datetime]]:
    """Its next ticks."""
    return (yield from fetch(Ticks, path("schedules", schedule_id, "next"), query(count=count))).times


def schedule_history(schedule_id: str) -> Plan[Sequence[TickOutcome]]:
    """What became of its ticks, the newest first."""
    return (yield from fetch(History, path("schedules", schedule_id, "history"))).entries
