from typing import Any

from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim, complete, hear
from tests.waiting import until

CALLS_A_LOOK = 62  # of HGETALL: depth, limits, and a minute of seconds


async def retry_after(client: Client, **options: Any) -> int:
    async with client.post("/api/jobs", json={**COMPLEX, "options": options}) as response:
        return int(response.headers["Retry-After"])


async def test_a_new_job_is_asked_after_at_the_pace_of_its_queue(client: Client, store: Store, redis: Any) -> None:
    hear(store, redis)
    async with client.post("/api/jobs/batch", json={"jobs": [COMPLEX] * 400}) as response:
        assert response.status == 202
    for job in await claim(store, slots=2):
        await complete(store, job.id)

    async def is_slow() -> bool:
        return await retry_after(client) > 100

    await until(is_slow, "398 jobs wait, at two a second at most")


async def test_where_nobody_works_a_new_job_is_asked_after_now_and_then(client: Client) -> None:
    async def is_unknown() -> bool:
        return await retry_after(client) == 10

    await until(is_unknown, "the queue was looked at")


async def test_one_look_tells_of_all_queues(client: Client, redis: Any) -> None:
    redis.config_resetstat()
    for number in range(20):
        await retry_after(client, queue=f"queue-{number}")
    calls = redis.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"]
    assert calls / CALLS_A_LOOK <= 5
