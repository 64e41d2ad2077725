"""One attempt of a delivery: send it, and keep in mind how its subscription fares."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog
from marshmallow import Schema, fields
from msgspec import convert
from msgspec.structs import replace
from yarl import URL

from shared.errors import StoreUnavailable, WebhookNotFound
from shared.job import JobError
from shared.job_types import JobType
from shared.names import DELIVERY
from shared.store.link import Link
from shared.store.webhooks import change, find
from shared.webhooks import ATTEMPT, FAIL_FOR, LONGEST_RETRY_AFTER, MOST_ATTEMPTS, POLICY, Delivery, Webhook
from worker_service.failures import AttemptFailed, Failure
from worker_service.observing import Observers
from worker_service.processors import JobContext, Processor
from worker_service.runner import within
from worker_service.webhooks.sending import GONE, Sender, Sent

GONE_REASON = "The receiver answered 410 Gone."
FAILING_REASON = "No delivery has succeeded for five days."

log = structlog.get_logger(__name__)


class DeliverySchema(Schema):
    """What is sent, and to whom: `shared.webhooks.Delivery`."""

    event = fields.String(required=True)
    eventId = fields.String(required=True)  # noqa: N815 - as it is written
    body = fields.String(required=True)
    tenant = fields.String(required=True)
    webhookId = fields.String()  # noqa: N815
    url = fields.String()
    jobId = fields.String()  # noqa: N815


DELIVERIES = JobType(DELIVERY, DeliverySchema, timeout=ATTEMPT, max_attempts=MOST_ATTEMPTS, retry=POLICY)


class Deliverer:
    """Sends deliveries. `secrets` sign those to a `callbackUrl`."""

    def __init__(
        self,
        link: Link,
        sender: Sender,
        secrets: Sequence[str],
        jitter: Callable[[], float],
        observers: Observers = Observers(),  # noqa: B008 - it never changes
    ) -> None:
        self._link = link
        self._sender = sender
        self._secrets = tuple(secrets)
        self._jitter = jitter
        self._observers = observers

    @property
    def processor(self) -> Processor:
        """For the engine."""
        return Processor(DELIVERIES, self.deliver)

    async def deliver(self, job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
        """Answers how the receiver took it. Raises `AttemptFailed`; it looks after its own time."""
        return await within(ATTEMPT, self._deliver(convert(payload, Delivery), job.attempt))

    async def _deliver(self, delivery: Delivery, attempt: int) -> dict[str, Any]:
        url, secrets = await self._target(delivery)
        sent = await self._send(url, secrets, delivery)
        if self._observers.meter is not None:
            self._observers.meter.sent(sent.status, sent.code, sent.seconds)
        await self._note(delivery, sent)
        if not sent.is_taken:
            raise AttemptFailed(_failure(sent, POLICY.seconds(attempt, self._jitter())))
        return {"statusCode": sent.status, "seconds": round(sent.seconds, 3), "answer": sent.answer}

    async def _send(self, url: str, secrets: tuple[str, ...], delivery: Delivery) -> Sent:
        tracer = self._observers.tracer
        if tracer is None:
            return await self._sender.send(url, secrets, delivery)
        facts = {"dmps.event": delivery.event, "server.address": URL(url).host or ""}
        span = tracer.begin(f"webhook {delivery.event}", "client", facts)
        sent = await self._sender.send(url, secrets, delivery, span.traceparent)
        answer = {"http.response.status_code": sent.status} if sent.status else {}
        span.end(answer, failed="" if sent.is_taken else sent.code)
        return sent

    async def _target(self, delivery: Delivery) -> tuple[str, tuple[str, ...]]:
        if delivery.webhook_id is None:
            if not self._secrets:
                raise AttemptFailed(Failure(JobError("no_secret", "The worker has no DMPS_WEBHOOK_SECRET.")))
            return delivery.url or "", self._secrets
        try:
            hook = await find(self._link, delivery.tenant, delivery.webhook_id)
        except WebhookNotFound as error:
            raise _never("removed", "The subscription was removed.") from error
        if hook.disabled is not None:
            raise _never("disabled", f"The subscription is disabled: {hook.disabled}")
        return hook.url, hook.keys(self._link.now())

    async def _note(self, delivery: Delivery, sent: Sent) -> None:
        """Of a subscription. If it cannot be kept now, the next attempt tells the same."""
        if delivery.webhook_id is None:
            return
        try:
            await change(self._link, delivery.tenant, delivery.webhook_id, partial(_noted, sent, self._link.now()))
        except (StoreUnavailable, WebhookNotFound) as error:
            log.debug("how a webhook fares is not noted", webhook=delivery.webhook_id, reason=str(error))


def _noted(sent: Sent, now: int, hook: Webhook) -> Webhook:
    """The same subscription, unless there is news."""
    if sent.is_taken:
        return hook if hook.failing_since is None else replace(hook, failing_since=None)
    if hook.disabled is not None:
        return hook
    since = hook.failing_since or now
    reason = GONE_REASON if sent.status == GONE else FAILING_REASON if now - since >= FAIL_FOR * 1000 else None
    if reason is not None:
        log.warning("webhook disabled", webhook=hook.id, tenant=hook.tenant, reason=reason)
        return replace(hook, failing_since=since, disabled=reason, disabled_at=now)
    return hook if hook.failing_since is not None else replace(hook, failing_since=since)


def _failure(sent: Sent, delay: float) -> Failure:
    """The next attempt comes after so many seconds, or later, if the receiver asks for that."""
    why = sent.why + (f" It said: {sent.answer}" if sent.answer else "")
    after = max(delay, min(sent.retry_after or 0.0, LONGEST_RETRY_AFTER))
    return Failure(JobError(sent.code, why), final=sent.status == GONE, after=after)


def _never(code: str, message: str) -> AttemptFailed:
    return AttemptFailed(Failure(JobError(code, message), final=True))
