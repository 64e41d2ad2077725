"""What ends arq's worker, or makes it take no more jobs, and what happens here instead (hazards H13 to H21)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from arq import ArqRedis, create_pool
from arq.jobs import JobStatus
from arq.worker import JobExecutionFailed

from shared.embedded import EmbeddedStore
from shared.queue import deserialize, redis_settings, serialize
from tests.arq.client import enqueue, noted, result
from tests.arq.conftest import Start
from tests.processes import Fleet
from tests.waiting import until
from worker_service.engine.plain import STORE_ERRORS
from worker_service.engine.worker import JobWorker


async def nothing(ctx: dict[str, object]) -> None:
    pass


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A durable store that a test may kill and start again."""
    with EmbeddedStore(tmp_path / "mortal", port=0) as started:
        yield started


@pytest.fixture
async def worker(mortal: EmbeddedStore) -> AsyncIterator[JobWorker]:
    """One without an engine, in this process, that has connected."""
    made = JobWorker([nothing], redis_settings=redis_settings(mortal.url), burst=True, handle_signals=False)
    await made.main()
    yield made
    await made.close()


async def test_hooks_that_raise_cost_nothing(client: ArqRedis, start: Start) -> None:
    worker = start("Clumsy")
    assert [await result(await enqueue(client, "add", number)) for number in range(3)] == [0, 1, 2]
    assert worker.poll() is None


async def test_a_job_that_failed_is_kept_for_ever_if_results_are(client: ArqRedis, start: Start) -> None:
    worker = start("Clumsy")
    jobs = [await enqueue(client, "add", 1), await enqueue(client, "unheard-of")]
    await client.delete(f"arq:job:{jobs[0].job_id}")
    for job in jobs:
        with pytest.raises(JobExecutionFailed, match=r"job expired|not found"):
            await result(job)
        assert await client.ttl(f"arq:result:{job.job_id}") == -1
    assert await result(await enqueue(client, "add", 1)) == 1
    assert worker.poll() is None


async def test_a_job_whose_bookkeeping_is_broken_harms_no_other(client: ArqRedis, start: Start) -> None:
    worker = start()
    await client.set("arq:retry:broken", "not a number")  # arq's INCR fails
    broken = await enqueue(client, "add", 1, _job_id="broken")
    assert [await result(await enqueue(client, "add", number)) for number in range(3)] == [0, 1, 2]
    assert await broken.status() is JobStatus.in_progress  # until its lease is over; then it is tried again
    assert 0 < await client.pttl("arq:in-progress:broken") <= 10_000
    assert worker.poll() is None


async def test_the_end_of_a_job_is_written_once_the_store_is_back(
    mortal: EmbeddedStore, start: Start, processes: Fleet
) -> None:
    worker = start(REDIS_URL=mortal.url)
    settings = redis_settings(mortal.url)
    client = await create_pool(settings, job_serializer=serialize, job_deserializer=deserialize)
    job = await enqueue(client, "nap", 0.5)
    await noted(client, "nap")
    await asyncio.to_thread(mortal.kill)

    async def refused() -> bool:
        return "the end of a plain arq job could not be written" in processes.log(worker)

    await until(refused, "a try to write down the end")
    await asyncio.to_thread(mortal.start)
    assert await result(job) == 1
    assert await noted(client, "nap") == ["nap 1"]
    assert await result(await enqueue(client, "add", 1)) == 1
    await client.aclose(close_connection_pool=True)


async def test_a_store_that_falls_away_while_jobs_are_started_costs_no_slots(
    mortal: EmbeddedStore, worker: JobWorker
) -> None:
    await asyncio.to_thread(mortal.kill)
    for _ in range(worker.max_jobs + 2):
        with pytest.raises(STORE_ERRORS):
            await worker.start_jobs([b"some"])
    assert worker.job_counter == 0
    await asyncio.to_thread(mortal.start)
    await enqueue(worker.pool, "nothing")
    await worker.main()
    assert worker.jobs_complete == 1


async def test_a_store_that_says_nothing_is_not_waited_for_for_ever(worker: JobWorker) -> None:
    connection = await worker.pool.connection_pool.get_connection()
    assert connection.socket_timeout == 5
    await worker.pool.connection_pool.release(connection)
