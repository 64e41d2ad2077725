"""`GET /metrics` of the API: what Prometheus reads there, and who may."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from prometheus_client import Metric

from api_service.access import Role
from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.fleet import complete, hear, take
from tests.api_service.keyed import make_key, shown, with_keys
from tests.expositions import OPENMETRICS, families, lint, value

TOKEN = "a token of the scraper"  # noqa: S105 - no other


async def scrape(client: Client, headers: Mapping[str, str] = OPENMETRICS) -> Mapping[str, Metric]:
    async with client.get("/metrics", headers=headers) as response:
        assert response.status == 200
        return families(await response.text(), response.headers["Content-Type"])


async def test_both_formats_can_be_read_and_promtool_has_nothing_to_say(
    client: Client, submit: Callable[..., Awaitable[str]]
) -> None:
    await submit()
    await scrape(client)  # once more: a request is counted when it is over
    names = {name for name in await scrape(client) if name.startswith("dmps_")}
    async with client.get("/metrics", headers={"Accept": "text/plain"}) as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await response.text()
    found = {name for name in families(text, "text/plain") if name.startswith("dmps_")}
    assert names == {name for name in found if not name.endswith("_created")}
    assert list(lint(text)) == []


async def test_requests_are_counted_by_their_routes_never_by_their_paths(
    client: Client, submit: Callable[..., Awaitable[str]]
) -> None:
    id = await submit()
    for path in (f"/api/jobs/{id}", "/api/jobs/x", "/nowhere/at/all", "/api/jobs?status=nonsense"):
        async with client.get(path):
            pass
    async with client.put("/api/jobs"):
        pass
    async with client.request("LINK", "/api/jobs"):
        pass
    found = await scrape(client)
    name = "dmps_http_requests_total"
    assert value(found, name, route="/api/jobs", method="POST", status="202") == 1
    assert value(found, name, route="/api/jobs/{id}", method="GET", status="200") == 1
    assert value(found, name, route="/api/jobs/{id}", method="GET", status="404") == 1
    assert value(found, name, route="none", method="GET", status="404") == 1
    assert value(found, name, route="/api/jobs", method="GET", status="422") == 1
    assert value(found, name, route="none", status="405") == 2
    assert {each.labels["method"] for each in found["dmps_http_requests"].samples} == {"GET", "POST", "PUT", "other"}
    assert value(found, "dmps_http_request_seconds_count", route="/api/jobs/{id}") == 2


async def test_a_stream_is_counted_but_its_length_is_no_duration(
    client: Client, store: Store, submit: Callable[..., Awaitable[str]]
) -> None:
    id = await submit()
    await complete(store, (await take(store)).id)
    async with client.get(f"/api/jobs/{id}/events") as response:
        await response.read()
    found = await scrape(client)
    assert value(found, "dmps_http_requests_total", route="/api/jobs/{id}/events", status="200") == 1
    assert value(found, "dmps_http_request_seconds_count", route="/api/jobs/{id}/events") == 0


async def test_submissions_calls_and_their_sizes_are_counted(client: Client) -> None:
    async with client.post("/api/jobs/batch", json={"jobs": [COMPLEX] * 7}) as response:
        assert response.status == 202
    found = await scrape(client)
    assert value(found, "dmps_jobs_submitted_total", type="calculation") == 7
    assert value(found, "dmps_batch_jobs_sum", verb="submit") == 7
    assert value(found, "dmps_store_call_seconds_count", call="submit") >= 1
    assert value(found, "dmps_store_call_failures_total") == 0


async def test_queues_and_workers_are_told_as_they_stand(
    client: Client, store: Store, redis: Any, submit: Callable[..., Awaitable[str]]
) -> None:
    hear(store, redis, running=3, queues={"default": 1})
    await submit()
    await submit(queue="images")
    found = await scrape(client)
    assert value(found, "dmps_store_up") == 1
    assert value(found, "dmps_queue_jobs", queue="images", status="pending") == 1
    assert value(found, "dmps_queue_workers", queue="default") == 1
    assert 0 <= value(found, "dmps_queue_oldest_wait_seconds", queue="images") < 60
    facts = [value(found, name) for name in ("dmps_workers", "dmps_slots", "dmps_slots_used")]
    assert facts == [1, 100, 3]


async def test_while_the_store_is_away_the_metrics_say_so(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1"))
    async with client.post("/api/jobs", json=COMPLEX) as response:
        assert response.status == 503
    found = await scrape(client)
    assert value(found, "dmps_store_up") == 0
    assert value(found, "dmps_store_call_failures_total", call="submit") == 1
    assert not found["dmps_queue_jobs"].samples


async def test_the_token_opens_the_metrics_and_nothing_else(connect: Connect, settings: Settings) -> None:
    client = await connect(with_keys(settings, metrics_token=TOKEN))
    assert await scrape(client, shown(TOKEN))
    async with client.get("/api/jobs", headers=shown(TOKEN)) as response:
        assert response.status == 401
    for headers in ({}, shown(TOKEN[:-1]), {"Authorization": f"Basic {TOKEN}"}):
        async with client.get("/metrics", headers=headers) as response:
            assert response.status == 401


async def test_a_key_opens_them_if_it_is_an_admins_for_they_tell_of_all_tenants(
    connect: Connect, settings: Settings, store: Store
) -> None:
    client = await connect(with_keys(settings))
    assert await scrape(client, shown(await make_key(store, role=Role.ADMIN)))
    async with client.get("/metrics", headers=shown(await make_key(store, role=Role.OPERATOR))) as response:
        assert response.status == 403


@pytest.mark.parametrize(("path", "status"), [("/metrics", 401), ("/api/jobs", 200)])
async def test_without_keys_the_token_is_still_needed_for_the_metrics_alone(
    connect: Connect, settings: Settings, path: str, status: int
) -> None:
    client = await connect(dataclasses.replace(settings, metrics_token=TOKEN))
    async with client.get(path) as response:
        assert response.status == status
    assert await scrape(client, shown(TOKEN))
