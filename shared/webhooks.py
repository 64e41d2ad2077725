"""Webhooks: subscriptions, and the deliveries that are made of what happens to jobs. Pure data and functions.

A delivery is a job of its own, of a type and a tenant that no caller has, in a queue of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Raw, Struct

from shared import lifecycle
from shared.codec import encode
from shared.ids import RANDOM_BITS, SEQUENCE_BITS, uuid7
from shared.job import DAY, Job, Keep, Status
from shared.names import DELIVERY, WEBHOOKS
from shared.retry import RetryPolicy
from shared.times import rfc3339

EVENTS = tuple(f"job.{status}" for status in Status)
ENDS = ("job.completed", "job.failed", "job.cancelled")  # of which a caller is told at its `callbackUrl`
TEST = "webhook.test"

MOST_WEBHOOKS = 100  # of a tenant
LARGEST_RESULT = 64 * 1024  # bytes of a result that is sent along
ATTEMPT = 15.0  # seconds
TRY_FOR = 3 * DAY
FAIL_FOR = 5 * DAY  # without one success, then a subscription is disabled
LONGEST_RETRY_AFTER = 6 * 3_600.0  # seconds that a receiver may ask for
POLICY = RetryPolicy("exponential", delay=5.0, max=LONGEST_RETRY_AFTER)
KEEP = Keep(completed=3 * DAY, failed=14 * DAY, cancelled=3 * DAY)
MOST_ATTEMPTS = 100  # more than fit into three days


class Secret(Struct, frozen=True, omit_defaults=True):
    """What a subscription's deliveries are signed with, until a time (ms), if it was replaced."""

    value: str
    until: int | None = None


class Webhook(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A subscription. Times are ms since the epoch. `lua/save_webhook.lua` reads `rev`, `events` and `disabled`."""

    rev: int  # counts writes; the first member
    id: str
    tenant: str
    url: str
    events: tuple[str, ...]
    types: tuple[str, ...] = ()  # of jobs: any of these, or all; so with queues; but all of the tags
    queues: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    secrets: tuple[Secret, ...]  # the newest first
    created_at: int
    disabled: str | None = None  # why it tells nothing
    disabled_at: int | None = None
    failing_since: int | None = None  # no delivery has succeeded since

    def wants(self, event: str, type: str, queue: str, tags: Sequence[str]) -> bool:
        """Whether it is to be told of that."""
        is_kind = event in self.events and type in (self.types or (type,)) and queue in (self.queues or (queue,))
        return is_kind and self.disabled is None and set(self.tags) <= set(tags)

    def keys(self, now: int) -> tuple[str, ...]:
        """The secrets to sign with."""
        return tuple(secret.value for secret in self.secrets if secret.until is None or secret.until > now)


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The payload of a delivery's job."""

    event: str
    event_id: str  # `webhook-id`: the same however often it is sent
    body: str  # to the letter
    tenant: str
    webhook_id: str | None = None  # None: to the `callbackUrl` of a job
    url: str | None = None  # then
    job_id: str | None = None  # that it tells of


read_delivery = msgspec.json.Decoder(Delivery).decode
_encode = msgspec.json.Encoder().encode


def event_id(job_id: str, rev: int) -> str:
    """What names an event: a record is written once under each of its numbers."""
    return f"evt_{job_id}_{rev}"


def job_body(event: str, at: int, facts: Mapping[str, Any], job: Job | None) -> str:
    """What is sent of a job, at a time; `facts` are known in any case, the rest if its record still tells."""
    data = {**facts, "links": {"self": f"/api/jobs/{facts['jobId']}"}}
    if job is not None:
        data |= {
            "createdAt": rfc3339(job.created_at),
            "startedAt": None if job.started_at is None else rfc3339(job.started_at),
            "completedAt": None if job.completed_at is None else rfc3339(job.completed_at),
            "metadata": job.metadata,
            "error": job.error,
        }
        if job.status is Status.COMPLETED and job.result_file is None:
            data |= {"result": job.result} if len(memoryview(job.result)) <= LARGEST_RESULT else {}
    return body(event, at, data)


def body(event: str, at: int, data: Mapping[str, Any]) -> str:
    """As Standard Webhooks recommends: type, timestamp, data."""
    return encode({"type": event, "timestamp": rfc3339(at), "data": data}).decode()


def delivery_job(delivery: Delivery, now: int, at: int, id: str | None = None, traceparent: str | None = None) -> Job:
    """The job that delivers what happened at a time. Without an id, it is always the same one for the same."""
    to = delivery.webhook_id or delivery.job_id or ""
    return lifecycle.submit(
        id=id or _derived_id(at, delivery.event_id, to, delivery.url or ""),
        type=DELIVERY,
        payload=Raw(_encode(delivery)),
        now=now,
        tenant=WEBHOOKS,
        queue=WEBHOOKS,
        tags=(to,),
        max_attempts=MOST_ATTEMPTS,
        timeout=ATTEMPT,
        max_elapsed=TRY_FOR,
        backoff=POLICY,
        keep=KEEP,
        traceparent=traceparent,
    )


def _derived_id(at: int, *parts: str) -> str:
    bits = SEQUENCE_BITS + RANDOM_BITS
    digest = int.from_bytes(blake2b("\n".join(parts).encode()).digest()) >> (512 - bits)
    return uuid7(at, digest >> RANDOM_BITS, digest & ((1 << RANDOM_BITS) - 1))


def told(hooks: Iterable[Webhook], event: str, type: str, queue: str, tags: Sequence[str]) -> list[Webhook]:
    """Those that are to be told."""
    return [hook for hook in hooks if hook.wants(event, type, queue, tags)]
