"""Schedules: jobs that are submitted again and again. They are answered as plain JSON objects; see `docs/api.md`."""

from collections.abc import Mapping
from typing import Any

from dmps.calls.asking import act, ask_with, change, fetch, path, query, remove
from dmps.exchange import Again, Flow, Item, Plan

Schedule = dict[str, Any]


def schedules(**asked: str) -> Flow[Schedule]:
    """All schedules, page by page."""
    token: str | None = ""
    while token is not None:
        page = yield from fetch(Schedule, path("schedules"), query(**asked, pageToken=token or None))
        for schedule in page.get("schedules", ()):
            yield Item(schedule)
        token = page.get("nextPageToken")


def schedule(id: str) -> Plan[Schedule]:
    """One of them. Raises `NotFound`."""
    return fetch(Schedule, path("schedules", id))


def create_schedule(wanted: Mapping[str, Any]) -> Plan[Schedule]:
    """Make one, as `POST /api/schedules` takes it. It is not repeated once it may have been made."""
    answer = yield ask_with("POST", path("schedules"), wanted, Again.IF_REFUSED)
    return answer.read(Schedule)


def change_schedule(id: str, to: Mapping[str, Any]) -> Plan[Schedule]:
    """Change one; what is left out stays."""
    return change(Schedule, path("schedules", id), to)


def delete_schedule(id: str) -> Plan[None]:
    """Remove one; the jobs that it has submitted stay."""
    return remove(path("schedules", id))


def pause_schedule(id: str) -> Plan[Schedule]:
    """Have it submit nothing, until it is resumed."""
    return act(Schedule, path("schedules", id, "pause"))


def resume_schedule(id: str) -> Plan[Schedule]:
    """End its pause."""
    return act(Schedule, path("schedules", id, "resume"))


def run_schedule(id: str) -> Plan[Schedule]:
    """Submit its job now, beside its times."""
    return act(Schedule, path("schedules", id, "run"), again=Again.IF_REFUSED)


def schedule_times(id: str) -> Plan[Any]:
    """When it will submit next."""
    return fetch(object, path("schedules", id, "next"))


def schedule_history(id: str) -> Plan[Any]:
    """What it has submitted."""
    return fetch(object, path("schedules", id, "history"))
