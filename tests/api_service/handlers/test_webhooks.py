"""Subscriptions over HTTP, and the log of what they told. Nothing is sent here: tests/end_to_end does that."""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.address_gate import AddressGate, networks
from shared.job import Job
from shared.names import WEBHOOKS
from shared.settings import Settings
from shared.signing import key_of, new_secret
from shared.store import Change, JobFilter, Store, keys
from shared.store.webhooks import every
from shared.webhooks import ENDS, MOST_WEBHOOKS
from tests.api_service.conftest import COMPLEX, Client, Connect

URL = "https://example.org/hook"
UNKNOWN = "01a20bd9-0000-76ed-b412-7526b44b1ca6"
NewJob = Callable[..., Job]


async def exchange(client: Client, method: str, path: str, status: int, body: Any = None) -> Any:
    async with client.request(method, path, **({} if body is None else {"json": body})) as response:
        text = await response.text()
        assert response.status == status, text
        return json.loads(text) if text else None


async def subscribed(client: Client, **facts: Any) -> Any:
    return await exchange(client, "POST", "/api/webhooks", 201, {"url": URL, **facts})


async def test_a_secret_is_shown_once(client: Client, store: Store) -> None:
    made = await subscribed(client, description="Tells the shop.")
    assert len(key_of(made.pop("secret"))) == 32
    assert (made["events"], made["enabled"], made["types"]) == (list(ENDS), True, [])
    assert await exchange(client, "GET", made["links"]["self"], 200) == made
    assert await exchange(client, "GET", "/api/webhooks", 200) == {"webhooks": [made]}


async def test_a_webhook_is_changed_disabled_and_removed(client: Client, redis: Any) -> None:
    path = (await subscribed(client, events=["job.failed"], tags=["a"]))["links"]["self"]
    assert redis.hkeys(keys.HOOKED) == [b"default failed"]
    changes = {"events": ["job.completed", "job.completed"], "tags": None, "url": "https://example.com/"}
    changed = await exchange(client, "PATCH", path, 200, changes)
    assert (changed["events"], changed["tags"], changed["url"]) == (["job.completed"], [], "https://example.com/")
    assert redis.hkeys(keys.HOOKED) == [b"default completed"]
    disabled = await exchange(client, "PATCH", path, 200, {"enabled": False})
    assert (disabled["enabled"], disabled["disabledReason"]) == (False, "Somebody has disabled it.")
    assert not redis.exists(keys.HOOKED)
    assert (await exchange(client, "PATCH", path, 200, {"enabled": True}))["disabledAt"] is None
    await exchange(client, "DELETE", path, 204)
    assert not redis.exists(keys.HOOKED)
    for method in ("GET", "PATCH", "DELETE"):
        await exchange(client, method, path, 404, {} if method == "PATCH" else None)


async def test_two_secrets_sign_while_one_takes_the_others_place(client: Client, store: Store) -> None:
    made = await subscribed(client)
    rotated = await exchange(client, "POST", made["links"]["rotate"], 200, {"overlap": 60})
    (hook,) = await every(store.link, "default")
    assert hook.keys(store.now()) == (rotated["secret"], made["secret"])
    assert hook.keys(store.now() + 61_000) == (rotated["secret"],)
    again = await exchange(client, "POST", made["links"]["rotate"], 200)
    (hook,) = await every(store.link, "default")
    assert hook.keys(store.now()) == (again["secret"], rotated["secret"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://example.org/"}, "/url"),
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "https://user@example.org/"}, "/url"),
        ({"url": "https://example.org:8443/"}, "/url"),
        ({"url": URL, "events": []}, "/events"),
        ({"url": URL, "events": ["job.exploded"]}, "/events/0"),
        ({"url": URL, "queues": ["A queue"]}, "/queues/0"),
        ({"url": URL, "secret": "mine"}, "/secret"),
    ],
)
async def test_what_cannot_be_right_is_refused(client: Client, body: Any, pointer: str) -> None:
    refused = await exchange(client, "POST", "/api/webhooks", 422, body)
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


async def test_a_tenant_has_so_many_webhooks_at_most(client: Client) -> None:
    for _ in range(MOST_WEBHOOKS):
        await subscribed(client)
    refused = await exchange(client, "POST", "/api/webhooks", 409, {"url": URL})
    assert refused["title"] == "Too many webhooks"


async def test_a_test_stands_in_the_log_and_can_be_sent_again_once_it_has_ended(client: Client, store: Store) -> None:
    links = (await subscribed(client))["links"]
    sent = await exchange(client, "POST", links["test"], 202)
    assert (sent["event"], sent["status"]) == ("webhook.test", "pending")
    await exchange(client, "POST", sent["links"]["redeliver"], 409)
    job = (await store.view(WEBHOOKS, sent["id"])).job
    claimed = lifecycle.claim(job, "worker", store.now())
    result = Raw(b'{"statusCode":204,"seconds":0.1,"answer":""}')
    done = lifecycle.complete(claimed, result, store.now())
    await store.write([Change(job, claimed)])
    await store.write([Change(claimed, done)])
    again = await exchange(client, "POST", sent["links"]["redeliver"], 202)
    assert (again["eventId"], again["body"]) == (sent["eventId"], sent["body"])
    log = await exchange(client, "GET", f"{links['deliveries']}?pageSize=1", 200)
    assert [entry["id"] for entry in log["deliveries"]] == [again["id"]]
    rest = await exchange(client, "GET", f"{links['deliveries']}?pageToken={log['nextPageToken']}", 200)
    assert [(entry["id"], entry["statusCode"]) for entry in rest["deliveries"]] == [(sent["id"], 204)]


async def test_a_delivery_is_that_of_its_webhook_alone(client: Client) -> None:
    one, other = await subscribed(client), await subscribed(client)
    sent = await exchange(client, "POST", one["links"]["test"], 202)
    for id in (sent["id"], UNKNOWN, "nothing"):
        await exchange(client, "POST", f"{other['links']['deliveries']}/{id}/redeliver", 404)
    assert (await exchange(client, "GET", other["links"]["deliveries"], 200))["deliveries"] == []
    await exchange(client, "GET", f"/api/jobs/{sent['id']}", 404)


async def test_deliveries_are_not_among_the_jobs_of_anybody(client: Client, store: Store) -> None:
    await exchange(client, "POST", (await subscribed(client))["links"]["test"], 202)
    assert (await exchange(client, "GET", "/api/jobs", 200))["jobs"] == []
    assert len((await store.page(WEBHOOKS, JobFilter())).jobs) == 1


async def test_a_callback_is_refused_where_nothing_could_sign_it(client: Client) -> None:
    body = {**COMPLEX, "options": {"callbackUrl": URL}}
    refused = await exchange(client, "POST", "/api/jobs", 422, body)
    assert refused["errors"][0]["pointer"] == "/options/callbackUrl"
    assert "DMPS_WEBHOOK_SECRET" in refused["errors"][0]["detail"]


@pytest.fixture
async def signing(connect: Connect, settings: Settings) -> Client:
    gate = AddressGate(networks(["10.0.0.0/8"]))
    return await connect(dataclasses.replace(settings, webhook_secrets=(new_secret(bytes(24)),), webhook_gate=gate))


async def test_a_callback_is_kept_with_its_job_and_with_its_replay(signing: Client, store: Store) -> None:
    body = {**COMPLEX, "options": {"callbackUrl": URL}}
    id = (await exchange(signing, "POST", "/api/jobs", 202, body))["jobId"]
    assert (await exchange(signing, "GET", f"/api/jobs/{id}", 200))["callbackUrl"] == URL
    await exchange(signing, "POST", f"/api/jobs/{id}/cancel", 200)
    replay = (await exchange(signing, "POST", f"/api/jobs/{id}/replay", 202))["jobId"]
    assert (await store.view("default", replay)).job.callback_url == URL


async def test_the_jobs_of_a_schedule_may_have_a_callback(signing: Client) -> None:
    body = {"every": 60, "job": {**COMPLEX, "options": {"callbackUrl": URL}}}
    made = await exchange(signing, "POST", "/api/schedules", 201, body)
    id = (await exchange(signing, "POST", f"{made['links']['self']}/run", 202))["jobId"]
    assert (await exchange(signing, "GET", f"/api/jobs/{id}", 200))["callbackUrl"] == URL
    change = {"job": {**COMPLEX, "options": {"callbackUrl": "https://127.0.0.1/"}}}
    refused = await exchange(signing, "PATCH", made["links"]["self"], 422, change)
    assert refused["errors"][0]["pointer"] == "/job/options/callbackUrl"


async def test_a_callback_that_cannot_be_right_refuses_its_job(signing: Client) -> None:
    job = {**COMPLEX, "options": {"callbackUrl": "https://127.0.0.1/"}}
    answered = await exchange(signing, "POST", "/api/jobs/batch", 202, {"jobs": [COMPLEX, job]})
    assert answered["jobs"][1]["problem"]["errors"][0]["pointer"] == "/jobs/1/options/callbackUrl"


async def test_http_to_an_opened_network_is_right(signing: Client) -> None:
    await exchange(signing, "POST", "/api/webhooks", 201, {"url": "http://10.1.2.3:8080/hook"})


Send = Callable[..., Awaitable[str]]


async def test_a_job_leaves_nothing_in_the_outbox_unless_somebody_is_to_be_told(
    client: Client, submit: Send, redis: Any
) -> None:
    await exchange(client, "POST", f"/api/jobs/{await submit()}/cancel", 200)
    assert not redis.exists(keys.OUTBOX)
    await subscribed(client, events=["job.cancelled"])
    await exchange(client, "POST", f"/api/jobs/{await submit()}/cancel", 200)
    assert redis.xlen(keys.OUTBOX) == 1
