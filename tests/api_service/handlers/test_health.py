import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from redis import Redis

from api_service.keys import STOPPING
from shared.embedded import EmbeddedStore
from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.fleet import hear

Submit = Callable[..., Awaitable[str]]
AWAY = "redis://127.0.0.1:1/0"


async def test_the_process_lives_whether_or_not_the_store_does(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, redis_url=AWAY))
    async with client.get("/health/live") as response:
        assert (response.status, await response.json()) == (200, {"status": "live"})


async def test_without_workers_no_job_type_is_served(client: Client) -> None:
    async with client.get("/health/ready") as response:
        assert response.status == 200
        body = await response.json()
    assert (body["status"], body["workers"]) == ("ready", [])
    assert body["unservedJobTypes"] == ["calculation", "data-enrichment", "file-processing"]
    assert body["unservedQueues"] == ["default"]


async def test_live_workers_are_named_and_the_types_that_none_serves(
    client: Client, redis: Redis, store: Store
) -> None:
    hear(store, redis, types=("calculation", "file-processing"), running=3)
    async with client.get("/health/ready") as response:
        body = await response.json()
    assert body["unservedJobTypes"] == ["data-enrichment"]
    assert body["workers"] == [
        {
            "id": "worker-1",
            "host": "host",
            "pid": 1,
            "types": ["calculation", "file-processing"],
            "slots": 100,
            "running": 3,
            "startedAt": "2023-11-14T22:13:20.000Z",
        }
    ]


async def test_queues_in_which_jobs_wait_for_nobody_are_named(
    client: Client, redis: Redis, store: Store, submit: Submit
) -> None:
    async def unserved() -> Any:
        async with client.get("/health/ready") as response:
            return (await response.json())["unservedQueues"]

    hear(store, redis, queues={"default": 1, "idle": 1})
    assert await unserved() == []
    job_id = await submit(queue="images")
    await store.set_limits("queue:mail", {"paused": True})
    assert await unserved() == ["images"]
    async with client.post(f"/api/jobs/{job_id}/cancel"):
        pass
    assert await unserved() == []
    hear(store, redis, draining=True)
    assert await unserved() == ["default"]


async def test_a_store_that_may_lose_jobs_is_warned_of_and_not_refused(client: Client) -> None:
    async with client.get("/health/ready") as response:
        assert response.status == 200
        assert any("append-only" in warning for warning in (await response.json())["warnings"])


async def test_a_process_that_is_about_to_end_lives_and_is_not_ready(client: Client) -> None:
    client.app[STOPPING].set()
    async with client.get("/health/ready") as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["title"]) == (503, "Service stopping")
    async with client.get("/health/live") as response:
        assert response.status == 200


async def test_nothing_is_ready_while_the_store_is_away_and_all_is_once_it_is_back(
    connect: Connect, settings: Settings, tmp_path: Path
) -> None:
    with EmbeddedStore(tmp_path / "store", port=0) as embedded:
        client = await connect(dataclasses.replace(settings, redis_url=embedded.url))
        async with client.post("/api/jobs", json=COMPLEX) as response:
            location = response.headers["Location"]
        embedded.stop()
        for method, path in [
            ("GET", "/health/ready"),
            ("GET", location),
            ("GET", "/api/jobs"),
            ("POST", "/api/jobs"),
            ("POST", f"{location}/cancel"),
            ("POST", f"{location}/retry"),
        ]:
            async with client.request(method, path, json=COMPLEX) as response:
                body = await response.json(content_type="application/problem+json")
                assert (response.status, body["title"]) == (503, "Store unavailable")
                assert int(response.headers["Retry-After"]) > 0
        async with client.post("/api/jobs/batch", json={"jobs": [COMPLEX]}) as response:
            assert response.status == 503
        embedded.start()
        async with client.get(location) as response:
            assert response.status == 200
        async with client.post("/api/jobs", json=COMPLEX) as response:
            assert response.status == 202
