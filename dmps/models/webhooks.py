"""Webhooks: who is told what happens to jobs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import field

from dmps.models.jobs import Attempt, Wire


class Webhook(Wire, frozen=True, kw_only=True):
    """Whom to tell of what. `types`, `queues`, `tags`: only of such jobs; `disabled_reason`: why it tells nothing."""

    id: str
    url: str
    events: Sequence[str]
    types: Sequence[str] = ()
    queues: Sequence[str] = ()
    tags: Sequence[str] = ()
    description: str = ""
    enabled: bool = True
    disabled_reason: str | None = None
    disabled_at: datetime | None = None
    failing_since: datetime | None = None
    created_at: datetime
    links: Mapping[str, str] = field(default_factory=dict)


class NewWebhook(Webhook, frozen=True, kw_only=True):
    """The same with the secret that signs what it tells, which is not shown again."""

    secret: str


class Delivery(Wire, frozen=True, kw_only=True):
    """Something that was to be told, and what came of it. `answer`: how that of the receiver begins."""

    id: str
    event: str
    event_id: str
    status: str
    status_code: int | None = None
    answer: str | None = None
    created_at: datetime
    completed_at: datetime | None = None
    next_attempt_at: datetime | None = None
    attempts: Sequence[Attempt] = ()
    body: str
    links: Mapping[str, str] = field(default_factory=dict)


class Webhooks(Wire, frozen=True, kw_only=True):
    """The answer that lists the webhooks."""

    webhooks: Sequence[Webhook]


class DeliveryPage(Wire, frozen=True, kw_only=True):
    """Some deliveries, and where the next ones are."""

    deliveries: Sequence[Delivery]
    next_page_token: str | None = None
