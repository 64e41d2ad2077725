"""A replica takes over from the store of a worker, and nobody drops the worker's old connections."""

import sys
from collections.abc import Callable
from pathlib import Path

from arq import create_pool
from msgspec import Raw

from shared.job import Job, Status
from shared.queue import deserialize, redis_settings, serialize
from shared.store import Store
from tests.arq.client import enqueue, result
from tests.failover import failover_pair
from tests.processes import Fleet
from tests.worker_service.engine.observing import alive, finished

COMMAND = (sys.executable, "-m", "arq", "tests.arq.acme.WorkerSettings")
SCRIPT = Raw(b'{"attempts":[{"do":"return"}]}')


async def test_a_worker_runs_what_the_new_primary_has_and_renews_its_leases_there(
    tmp_path: Path, processes: Fleet, new_job: Callable[..., Job]
) -> None:
    async with failover_pair(tmp_path) as pair:
        worker = processes.start(COMMAND, REDIS_URL=pair.address.url)
        before, after = Store.connect(pair.old.url), Store.connect(pair.new.url)
        await alive(before, worker)
        await pair.hand_over()
        await alive(after, worker)
        job = new_job(type="scripted", payload=SCRIPT)
        await after.submit([job])
        assert (await finished(after, job)).status is Status.COMPLETED
        settings = redis_settings(pair.new.url)
        client = await create_pool(settings, job_serializer=serialize, job_deserializer=deserialize)
        assert await result(await enqueue(client, "add", 1, b=2)) == 3
        await client.aclose(close_connection_pool=True)
        worker.kill()
        await before.close()
        await after.close()
