"""Webhooks: who is told what happens to jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

from dmps.calls.asking import act, ask_with, change, fetch, path, query, remove
from dmps.exchange import Again, Flow, Item, Plan
from dmps.models.webhooks import Delivery, DeliveryPage, NewWebhook, Webhook, Webhooks


def webhooks() -> Plan[Sequence[Webhook]]:
    """All webhooks, the oldest first."""
    return (yield from fetch(Webhooks, path("webhooks"))).webhooks


def webhook(webhook_id: str) -> Plan[Webhook]:
    """One of them. Raises `NotFound`."""
    return fetch(Webhook, path("webhooks", webhook_id))


def create_webhook(url: str, **told: Any) -> Plan[NewWebhook]:  # noqa: ANN401 - any JSON
    """Have what happens to jobs told there. Keep the `secret` of the answer: it is not shown again.

    `told` is which, as `POST /api/webhooks` takes it: `events`, `types`, `queues`, `tags`; and a `description`. It is
    not sent again once it may have been made.
    """
    answer = yield ask_with("POST", path("webhooks"), {"url": url, **told}, Again.IF_REFUSED)
    return answer.read(NewWebhook)


def change_webhook(webhook_id: str, to: Mapping[str, Any]) -> Plan[Webhook]:
    """Change one, `{"enabled": False}` among it; what is left out stays, None is the default."""
    return change(Webhook, path("webhooks", webhook_id), to)


def delete_webhook(webhook_id: str) -> Plan[None]:
    """Remove one. What waits to be told is not."""
    return remove(path("webhooks", webhook_id))


def rotate_webhook_secret(webhook_id: str, overlap: int | None = None) -> Plan[NewWebhook]:
    """Give one a new secret. The old one signs, too, for so many seconds: a day."""
    body = {} if overlap is None else {"overlap": overlap}
    answer = yield ask_with("POST", path("webhooks", webhook_id, "rotate-secret"), body, Again.IF_REFUSED)
    return answer.read(NewWebhook)


def send_webhook_test(webhook_id: str) -> Plan[Delivery]:
    """Have a `webhook.test` told, now."""
    return act(Delivery, path("webhooks", webhook_id, "test"), again=Again.IF_REFUSED)


def deliveries(webhook_id: str, *, page_size: int | None = None) -> Flow[Delivery]:
    """What one has told, the newest first, page by page as they are read."""
    where = path("webhooks", webhook_id, "deliveries")
    token: str | None = ""
    while token is not None:
        page = yield from fetch(DeliveryPage, where, query(pageSize=page_size, pageToken=token or None))
        for delivery in page.deliveries:
            yield Item(delivery)
        token = page.next_page_token


def redeliver(webhook_id: str, delivery_id: str) -> Plan[Delivery]:
    """Tell it again. Raises `Conflict` before the delivery has ended."""
    return act(Delivery, path("webhooks", webhook_id, "deliveries", delivery_id, "redeliver"), again=Again.IF_REFUSED)
