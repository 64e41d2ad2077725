"""The API, a worker and a receiver together: a test, another secret, a delivery again, a busy worker."""

import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec import Raw
from standardwebhooks import Webhook as Verifier

from shared.address_gate import AddressGate, networks
from shared.job import Job, Status
from shared.settings import Settings
from shared.store import JobFilter, Store
from tests.api_service.conftest import Client, Connect
from tests.api_service.handlers.test_webhooks import exchange
from tests.processes import WORKER, Fleet
from tests.waiting import until
from tests.worker_service.webhooks.receiver import Receiver, answer, receiving

ALLOWED = "127.0.0.0/8"


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(dataclasses.replace(settings, webhook_gate=AddressGate(networks([ALLOWED]))))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(answer(410)) as listening:
        yield listening


async def test_two_secrets_sign_what_is_delivered_and_what_failed_is_delivered_again(
    client: Client, processes: Fleet, receiver: Receiver
) -> None:
    processes.start(WORKER, DMPS_WEBHOOK_ALLOW=ALLOWED)
    made = await exchange(client, "POST", "/api/webhooks", 201, {"url": receiver.url})
    rotated = await exchange(client, "POST", made["links"]["rotate"], 200)
    sent = await exchange(client, "POST", made["links"]["test"], 202)
    (first,) = await receiver.heard(1)
    for secret in (made["secret"], rotated["secret"]):
        assert Verifier(secret).verify(first.body, dict(first.headers))["type"] == "webhook.test"

    async def failed() -> Any:
        (entry,) = (await exchange(client, "GET", made["links"]["deliveries"], 200))["deliveries"]
        return entry if entry["status"] == "failed" else None

    entry = await until(failed, "the delivery's end")
    assert (entry["id"], entry["attempts"][0]["error"]["code"]) == (sent["id"], "answered")
    disabled = await exchange(client, "GET", made["links"]["self"], 200)
    assert (disabled["enabled"], disabled["disabledReason"]) == (False, "The receiver answered 410 Gone.")
    await exchange(client, "PATCH", made["links"]["self"], 200, {"enabled": True})
    await exchange(client, "POST", entry["links"]["redeliver"], 202)
    _, second = await receiver.heard(2)
    assert (second.body, second.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])


async def test_a_worker_that_is_busy_with_jobs_delivers_all_the_same(
    client: Client, processes: Fleet, receiver: Receiver, store: Store, new_job: Callable[..., Job]
) -> None:
    processes.start(WORKER, DMPS_WEBHOOK_ALLOW=ALLOWED, DMPS_CONCURRENCY="1")
    await exchange(client, "POST", "/api/webhooks", 201, {"url": receiver.url, "events": ["job.processing"]})
    payload = Raw(b'{"attempts":[{"do":"sleep","seconds":60}]}')
    await store.submit([new_job(now=store.now(), type="scripted", payload=payload) for _ in range(100)])
    (request,) = await receiver.heard(1)
    assert json.loads(request.body)["type"] == "job.processing"
    assert len((await store.page("default", JobFilter(statuses=(Status.PENDING,), page_size=200))).jobs) == 99
