import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis import Redis

from shared import lifecycle
from shared.job import DEFAULT_TENANT, Status
from shared.store import Change, Store, keys
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete

Submit = Callable[..., Awaitable[str]]


async def cancel(client: Client, job_id: str, status: int) -> Any:
    async with client.post(f"/api/jobs/{job_id}/cancel") as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def read(client: Client, job_id: str) -> Any:
    async with client.get(f"/api/jobs/{job_id}") as response:
        return await response.json()


def orders(redis: Any, worker: str = "worker-1") -> list[Any]:
    return [json.loads(order) for order in redis.lrange(keys.ORDERS + worker, 0, -1)]


@pytest.mark.parametrize("options", [{}, {"delay": 60}, {"queue": "images", "priority": "low"}])
async def test_a_job_that_does_not_run_is_cancelled_at_once_again_and_again(
    client: Client, submit: Submit, redis: Redis, options: dict[str, Any]
) -> None:
    job_id = await submit(**options)
    bodies = [await cancel(client, job_id, 200) for _ in range(2)]
    assert (bodies[0]["status"], bodies[0]["error"]["code"]) == ("cancelled", "cancelled")
    assert bodies[0] == bodies[1] == await read(client, job_id)
    assert redis.keys(keys.ORDERS + "*") == []


async def test_a_cancelled_job_cannot_be_claimed(client: Client, submit: Submit, store: Store) -> None:
    cancelled, waiting = await submit(), await submit()
    await cancel(client, cancelled, 200)
    assert [job.id for job in await claim(store)] == [waiting]
    assert (await store.view(DEFAULT_TENANT, cancelled)).job.status is Status.CANCELLED


async def test_a_running_job_is_asked_to_stop_and_its_worker_is_told(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    (held,) = await claim(store)
    body = await cancel(client, job_id, 202)
    assert (body["status"], body["attempts"][0]["worker"]) == ("processing", "worker-1")
    assert body["cancelRequestedAt"] is not None
    assert body == await read(client, job_id)
    assert orders(redis) == [{"cancel": job_id, "fence": held.fence}]


async def test_cancelling_a_running_job_again_tells_its_worker_again_and_changes_nothing(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    (held,) = await claim(store)
    first, second = [await cancel(client, job_id, 202) for _ in range(2)]
    assert first == second
    assert orders(redis) == [{"cancel": job_id, "fence": held.fence}] * 2


async def test_a_running_job_that_was_cancelled_is_so_once_it_has_stopped(
    client: Client, submit: Submit, store: Store
) -> None:
    job_id = await submit()
    await claim(store)
    await cancel(client, job_id, 202)
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    await store.write([Change(job, lifecycle.hand_back(job, store.now()))])
    body = await cancel(client, job_id, 200)
    assert (body["status"], body["attempts"][0]["outcome"]) == ("cancelled", "cancelled")
    assert body == await read(client, job_id)


async def test_a_job_that_has_ended_otherwise_cannot_be_cancelled(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    await claim(store)
    await complete(store, job_id)
    assert "completed" in (await cancel(client, job_id, 409))["detail"]
    assert orders(redis) == []


async def test_what_a_running_job_told_last_is_shown_when_it_is_cancelled(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    await claim(store)
    redis.set(keys.PROGRESS + job_id, '{"percent": 50, "message": "half"}')
    assert (await cancel(client, job_id, 202))["progress"] == {"percent": 50, "message": "half"}
