"""From what a `SelectionSchema` has read to the filter of a list."""

from collections.abc import Mapping
from typing import Any

from shared.job import Status
from shared.store import JobFilter, Sort, Span


def selection(asked: Mapping[str, Any], **facts: Any) -> JobFilter:  # noqa: ANN401 - as a filter has them
    """The filter that a `SelectionSchema` has read."""
    return JobFilter(
        statuses=tuple(map(Status, asked["status"])),
        types=tuple(asked["type"]),
        queues=tuple(asked["queue"]),
        tags=tuple(asked["tag"]),
        created=Span(asked.get("created_after"), asked.get("created_before")),
        completed=Span(asked.get("completed_after"), asked.get("completed_before")),
        parent=asked.get("parent_id"),
        sort=Sort(asked.get("sort", Sort.NEWEST)),
        **facts,
    )
