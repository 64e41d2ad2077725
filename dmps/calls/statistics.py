"""What became of jobs, counted."""

from collections.abc import Iterable
from typing import Literal

from dmps.calls.asking import fetch, path, query
from dmps.exchange import Plan
from dmps.models.statistics import ErrorGroups, Statistics


def statistics(window: Literal["hour", "day"] = "hour") -> Plan[Statistics]:
    """What became of jobs in each minute of the last hour, or each quarter of an hour of the last day."""
    return fetch(Statistics, path("statistics"), query(window=window))


def error_groups(*, type: Iterable[str] = (), queue: Iterable[str] = ()) -> Plan[ErrorGroups]:
    """What the newest thousand failed jobs failed of: any of the types and queues."""
    return fetch(ErrorGroups, path("errors"), query(type=type, queue=queue))
