"""Where a job stands that has not ended, and when it will start if all goes on as it did."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from redis import Redis

from shared import lifecycle
from shared.job import DEFAULT_TENANT, JobError
from shared.store import Change, Store, keys
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete, hear

Submit = Callable[..., Awaitable[str]]
LONG_AGO = "2020-01-01T00:00:00Z"


async def read(client: Client, job_id: str) -> Any:
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert response.status == 200
        return await response.json()


async def places(client: Client, *job_ids: str) -> list[int | None]:
    return [(await read(client, job_id))["position"] for job_id in job_ids]


def seconds(job: Any, member: str) -> float:
    return datetime.fromisoformat(job[member]).timestamp()


async def let_one_leave(client: Client, submit: Submit, store: Store) -> None:
    """So that the queue has a rate: one job in the last seconds."""
    await submit()
    (job,) = await claim(store)
    await complete(store, job.id)


async def test_a_waiting_job_knows_how_many_stand_before_it(client: Client, submit: Submit) -> None:
    normal = [await submit() for _ in range(2)]
    low, high, other = await submit(priority="low"), await submit(priority="high"), await submit(queue="images")
    later = await submit(delay=60)
    assert await places(client, high, *normal, low, other) == [0, 1, 2, 3, 0]
    assert (await places(client, later))[0] in {2, 3}  # those that are due by now


async def test_a_job_that_runs_or_has_ended_has_no_position(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    running = await read(client, job_id)
    assert (running["position"], running["estimatedStartAt"]) == (None, None)
    await complete(store, job_id)
    assert not (await read(client, job_id)).keys() & {"position", "estimatedStartAt"}


async def test_where_nothing_has_left_or_nobody_works_no_start_is_promised(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    job_id = await submit()
    hear(store, redis)
    assert (await read(client, job_id))["estimatedStartAt"] is None
    await claim(store)
    await complete(store, job_id)
    redis.delete(keys.WORKERS)
    assert (await read(client, await submit()))["estimatedStartAt"] is None


async def test_the_start_is_estimated_by_what_left_in_the_last_minute(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    await let_one_leave(client, submit, store)
    hear(store, redis)
    ids = [await submit(runAt=LONG_AGO) for _ in range(3)]
    jobs = [await read(client, job_id) for job_id in ids]
    now = store.now() / 1000
    first, _, last = sorted(jobs, key=lambda job: job["position"])  # two may have come in the same millisecond
    assert (first["position"], last["position"]) == (0, 2)
    assert seconds(first, "estimatedStartAt") - now <= 1.0
    assert seconds(last, "estimatedStartAt") - seconds(first, "estimatedStartAt") >= 1


async def test_no_start_is_estimated_before_a_job_is_due(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    await let_one_leave(client, submit, store)
    hear(store, redis)
    job = await read(client, await submit(delay=3600))
    assert job["estimatedStartAt"] == job["runAt"]


async def test_what_is_paused_has_a_position_but_no_start(
    client: Client, submit: Submit, store: Store, redis: Redis
) -> None:
    await let_one_leave(client, submit, store)
    hear(store, redis)
    job_id = await submit()
    for path in ("/api/queues/default", "/api/job-types/calculation"):
        async with client.patch(path, json={"paused": True}):
            pass
        job = await read(client, job_id)
        assert (job["position"], job["estimatedStartAt"]) == (0, None)
        async with client.patch(path, json={"paused": False}):
            pass
        assert (await read(client, job_id))["estimatedStartAt"] is not None


async def test_a_retried_job_knows_its_new_place(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    await store.write([Change(job, lifecycle.reject(job, store.now(), JobError("rejected", "No.")))])
    await submit(runAt=LONG_AGO)
    await submit(runAt=LONG_AGO, priority="high")
    async with client.post(f"/api/jobs/{job_id}/retry") as response:
        assert response.status == 202
        assert json.loads(await response.read())["position"] == 2


async def test_a_finished_jobs_body_never_changes(client: Client, submit: Submit, store: Store, redis: Redis) -> None:
    job_id = await submit()
    await claim(store)
    await complete(store, job_id)
    async with client.get(f"/api/jobs/{job_id}") as response:
        etag = response.headers["ETag"]
    hear(store, redis)
    await let_one_leave(client, submit, store)
    await store.set_limits("queue:default", {"paused": True})
    async with client.get(f"/api/jobs/{job_id}", headers={"If-None-Match": etag}) as response:
        assert response.status == 304
