import json
from typing import Any

from redis import Redis

from shared.store import Store, keys
from shared.store.views import RunningJob
from tests.api_service.conftest import Client
from tests.api_service.fleet import hear

JOB = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
WORKER = "host:4711:a1b2c3"


async def test_each_worker_tells_what_it_is_and_does(client: Client, redis: Redis, store: Store) -> None:
    facts: dict[str, Any] = {"queues": {"images": 3, "default": 1}, "running": 1, "memory": 50_000_000}
    jobs = (RunningJob(JOB, "calculation", 1_700_000_001_000),)
    hear(store, redis, WORKER, version="1.2.3", jobs=jobs, **facts)
    async with client.get("/api/workers") as response:
        assert response.status == 200
        body = await response.json()
    assert body == {
        "workers": [
            {
                "id": WORKER,
                "host": "host",
                "pid": 1,
                "version": "1.2.3",
                "queues": {"images": 3, "default": 1},
                "types": ["calculation"],
                "slots": 100,
                "running": 1,
                "jobs": [
                    {
                        "jobId": JOB,
                        "type": "calculation",
                        "since": "2023-11-14T22:13:21.000Z",
                        "links": {"self": f"/api/jobs/{JOB}"},
                    }
                ],
                "memory": 50_000_000,
                "draining": False,
                "startedAt": "2023-11-14T22:13:20.000Z",
                "links": {"drain": f"/api/workers/{WORKER}/drain"},
            }
        ]
    }


async def test_without_workers_the_list_is_empty(client: Client) -> None:
    async with client.get("/api/workers") as response:
        assert await response.json() == {"workers": []}


async def test_a_worker_can_be_told_to_drain(client: Client, redis: Redis, store: Store) -> None:
    hear(store, redis, WORKER)
    async with client.get("/api/workers") as response:
        (worker,) = (await response.json())["workers"]
    async with client.post(worker["links"]["drain"]) as response:
        assert response.status == 202
        assert await response.json() == worker
    orders = keys.ORDERS + WORKER
    assert [json.loads(order) for order in redis.lrange(orders, 0, -1)] == [{"drain": True}]  # type: ignore[union-attr]


async def test_an_unknown_worker_cannot_be_drained(client: Client, redis: Redis, store: Store) -> None:
    hear(store, redis, WORKER)
    redis.zadd(keys.WORKERS, {WORKER: store.now() - 60_000})
    for id in (WORKER, "nobody", "%00", "a" * 1000):
        async with client.post(f"/api/workers/{id}/drain") as response:
            body = await response.json(content_type="application/problem+json")
            assert (response.status, body["title"]) == (404, "Worker not found")
    assert redis.keys(keys.ORDERS + "*") == []
