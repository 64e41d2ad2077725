"""Do the same with all jobs that fit a filter, in the background."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dmps.calls.asking import ask_with, fetch, path
from dmps.errors import NotInTime
from dmps.exchange import Again, Answer, Ask, Plan
from dmps.models.bulk import Action, BulkAction, BulkCount

LOOK_EVERY = 0.5  # seconds


def start_bulk(action: Action, *, everything: bool = False, **fitting: Iterable[str] | str) -> Plan[BulkAction]:
    """Cancel, retry, replay or delete all jobs that fit: any of `status`, `type`, `queue`, all of `tag`, and the times.

    The further filters are those of `jobs`, by the API's names. Without any, `everything` must be said. It goes on in
    the background. It is not sent again once it may have been taken.
    """
    return (yield from _asked(action, fitting, everything=everything)).read(BulkAction)


def count_bulk(action: Action, *, everything: bool = False, **fitting: Iterable[str] | str) -> Plan[BulkCount]:
    """How many jobs that would touch; nothing is done."""
    return (yield from _asked(action, fitting, everything=everything, dryRun=True)).read(BulkCount)


def bulk(bulk_id: str) -> Plan[BulkAction]:
    """How far it is, until a day after its end. Raises `NotFound`."""
    return fetch(BulkAction, path("bulk", bulk_id))


def wait_bulk(
    bulk_id: str, *, timeout: float | None = None, on_progress: Callable[[BulkAction], object] | None = None
) -> Plan[BulkAction]:
    """The same, once it has ended. `on_progress` is told how far it is. Raises `NotInTime` after `timeout` seconds."""
    end = None if timeout is None else time.monotonic() + timeout
    pause = 0.0
    while True:
        found = (yield Ask("GET", path("bulk", bulk_id), after=pause)).read(BulkAction)
        if on_progress is not None:
            on_progress(found)
        if found.has_ended:
            return found
        if end is not None and time.monotonic() >= end:
            raise NotInTime(bulk_id, timeout or 0.0, "Bulk action")
        pause = LOOK_EVERY


def _asked(action: Action, fitting: Mapping[str, Iterable[str] | str], **more: Any) -> Plan[Answer]:  # noqa: ANN401 - any JSON
    plain = {name: value if isinstance(value, str) else list(value) for name, value in fitting.items()}
    body = {"action": action, "filter": {name: value for name, value in plain.items() if value}}
    everything = {"all": True} if more.pop("everything") else {}
    return (yield ask_with("POST", path("bulk"), {**body, **everything, **more}, Again.IF_REFUSED))
