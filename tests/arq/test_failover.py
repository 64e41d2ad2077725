"""A replica takes over from the store of a worker, and nobody drops the worker's old connections."""

import sys
from collections.abc import Callable
from pathlib import Path

from arq import ArqRedis, create_pool
from msgspec import Raw

from shared.job import Job, Status
from shared.queue import deserialize, redis_settings, serialize
from shared.store import Store
from tests.arq.client import enqueue, noted, result
from tests.failover import failover_pair
from tests.processes import Fleet
from tests.worker_service.engine.observing import alive, finished

COMMAND = (sys.executable, "-m", "arq", "tests.arq.acme.WorkerSettings")
SCRIPT = Raw(b'{"attempts":[{"do":"return"}]}')


async def arq_client(url: str) -> ArqRedis:
    return await create_pool(redis_settings(url), job_serializer=serialize, job_deserializer=deserialize)


async def test_a_worker_runs_what_the_new_primary_has_and_renews_its_leases_there(
    tmp_path: Path, processes: Fleet, new_job: Callable[..., Job]
) -> None:
    async with failover_pair(tmp_path) as pair:
        worker = processes.start(COMMAND, REDIS_URL=pair.address.url)
        old, new, store = await arq_client(pair.old.url), await arq_client(pair.new.url), Store.connect(pair.new.url)
        await noted(old, "on_startup")
        await pair.hand_over()
        await alive(store, worker)
        job = new_job(type="scripted", payload=SCRIPT)
        await store.submit([job])
        assert (await finished(store, job)).status is Status.COMPLETED
        assert await result(await enqueue(new, "add", 1, b=2)) == 3
        worker.kill()
        for client in (old, new):
            await client.aclose(close_connection_pool=True)
        await store.close()
