"""Both kinds of job in one queue, and a worker that dies: neither hides the other, neither is lost."""

import asyncio
from collections.abc import Callable

from arq import ArqRedis

from shared.job import Job
from shared.queue import AHEAD
from shared.store import Store
from tests.arq.client import enqueue, noted, result
from tests.arq.conftest import Start
from tests.arq.ours import completed, scripted

QUEUE = "arq:queue"


async def test_many_plain_jobs_hide_none_of_ours(
    client: ArqRedis, start: Start, store: Store, new_job: Callable[..., Job]
) -> None:
    for _ in range(2):
        await enqueue(client, "nap", 60)
    body = await client.get(f"arq:job:{(await client.queued_jobs())[0].job_id}")
    pipe = client.pipeline()
    for number in range(2000):
        pipe.set(f"arq:job:many-{number}", body)
        pipe.zadd(QUEUE, {f"many-{number}": store.now() - 1000})
    await pipe.execute()
    ours = scripted(store, new_job, do="return", value=1)
    await store.submit([ours])
    start()
    await completed(store, ours, within=10)
    assert await client.zcount(QUEUE, -AHEAD, 0) == 2002


async def test_many_of_ours_hide_no_plain_job(
    client: ArqRedis, start: Start, store: Store, new_job: Callable[..., Job]
) -> None:
    await store.submit([scripted(store, new_job, do="return") for _ in range(500)])
    plain = await enqueue(client, "add", 1)
    await store.submit([scripted(store, new_job, do="sleep", seconds=30) for _ in range(50)])
    start(DMPS_CONCURRENCY="10")
    assert await result(plain) == 1


async def test_a_plain_job_of_a_killed_worker_runs_again_within_seconds(client: ArqRedis, start: Start) -> None:
    victim = start()
    job = await enqueue(client, "nap", 1.5)
    await noted(client, "nap")
    start()
    victim.kill()
    began = asyncio.get_running_loop().time()
    assert await result(job) == 2
    assert asyncio.get_running_loop().time() - began < 12 + 1.5
