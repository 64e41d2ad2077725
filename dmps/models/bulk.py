"""What is done with all jobs that fit a filter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import field

from dmps.models.jobs import Wire

Action: TypeAlias = Literal["cancel", "retry", "replay", "delete"]


class BulkAction(Wire, frozen=True, kw_only=True):
    """How far it is. `failed`: to replay those would not be valid any more; `skipped` had changed meanwhile."""

    id: str
    action: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    status: Literal["pending", "processing", "completed", "failed"]
    matched: int
    done: int
    failed: int
    skipped: int
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether it is completed, or failed by a fault of the service's."""
        return self.status in {"completed", "failed"}


class BulkCount(Wire, frozen=True, kw_only=True):
    """How many jobs fit; if that is not exact, at least so many."""

    action: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    matched: int
    is_exact: bool
