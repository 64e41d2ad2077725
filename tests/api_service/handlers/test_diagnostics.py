import dataclasses
import time
from pathlib import Path
from typing import Any

from redis import Redis

from shared.settings import Settings
from shared.store import Store
from tests.api_service.conftest import Client, Connect
from tests.api_service.fleet import hear

AWAY = "redis://127.0.0.1:1/0"
TYPES = ("calculation", "data-enrichment", "file-processing")


async def diagnosed(client: Client) -> tuple[str, dict[str, Any]]:
    async with client.get("/api/diagnostics") as response:
        assert response.status == 200
        body = await response.json()
    return body["status"], {check["name"]: check for check in body["checks"]}


async def test_what_is_not_well_is_named_with_what_to_do(client: Client, redis: Redis) -> None:
    status, checks = await diagnosed(client)
    assert status == "failed"
    assert checks["workers"]["fix"] == "Start one: arq worker_service.WorkerSettings (make worker)."
    assert checks["persistence"]["status"] == "failed"
    assert {name for name, check in checks.items() if check["status"] == "ok"} >= {"store", "store version", "eviction"}
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert (await diagnosed(client))[1]["eviction"]["status"] == "failed"
    finally:
        redis.config_set("maxmemory-policy", "noeviction")


async def test_a_fleet_that_is_well_is_found_so(client: Client, redis: Redis, store: Store) -> None:
    hear(store, redis, types=TYPES, clock=time.time_ns() // 1_000_000)
    _, checks = await diagnosed(client)
    assert {checks[name]["status"] for name in ("workers", "job types", "queues", "clocks")} == {"ok"}
    assert checks["clocks"]["detail"].startswith("2 within")


async def test_a_worker_whose_clock_is_wrong_is_named(client: Client, redis: Redis, store: Store) -> None:
    hear(store, redis, clock=store.now() - 3_600_000)
    clocks = (await diagnosed(client))[1]["clocks"]
    assert clocks["status"] == "warning"
    assert "worker-1 by -3600" in clocks["detail"]


async def test_an_answer_comes_while_the_store_is_away(connect: Connect, settings: Settings) -> None:
    client = await connect(dataclasses.replace(settings, redis_url=AWAY))
    status, checks = await diagnosed(client)
    assert (status, checks["store"]["status"]) == ("failed", "failed")
    assert {"disk", "access"} <= set(checks)


async def test_a_directory_that_is_yet_to_be_made_is_judged_by_that_around_it(
    connect: Connect, settings: Settings, tmp_path: Path
) -> None:
    client = await connect(dataclasses.replace(settings, data_dir=tmp_path / "not" / "yet"))
    assert str(tmp_path) in (await diagnosed(client))[1]["disk"]["detail"]
