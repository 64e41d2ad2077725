"""What a worker says of itself."""

from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from shared.store import Store, WorkerInfo, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import SLEEP, Submit, alive, written

MiB = 1024 * 1024


async def test_a_worker_tells_its_version_its_queues_its_memory_and_its_jobs(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    await alive(store, processes.start(DMPS_QUEUES="default,images:3"))
    jobs = [await submit(SLEEP, type=type) for type in ("scripted", "scripted-child")]
    await written(ledger, 2)

    async def told() -> WorkerInfo | None:
        (info,) = await store.workers()
        return info if len(info.jobs) == len(jobs) else None

    info = await until(told, "a worker that tells of its jobs")
    assert {(job.job_id, job.type) for job in info.jobs} == {(job.id, job.type) for job in jobs}
    for job in info.jobs:
        assert store.now() - 20_000 < job.since <= store.now()
    assert info.version == metadata.version("dmps")
    assert info.queues == {"default": 1, "images": 3, "webhooks": 1}
    assert 10 * MiB < info.memory < 1024 * MiB
    assert not info.draining


async def test_of_many_jobs_a_worker_tells_the_oldest_hundred(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    await alive(store, processes.start(DMPS_CONCURRENCY="150"))
    for _ in range(120):
        await submit(SLEEP)
    await written(ledger, 120)

    async def told() -> WorkerInfo | None:
        (info,) = await store.workers()
        return info if info.running == 120 else None

    jobs = (await until(told, "a worker with all its jobs")).jobs
    assert len(jobs) == 100
    assert [job.since for job in jobs] == sorted(job.since for job in jobs)


async def test_what_a_worker_of_an_older_version_says_can_be_read(store: Store, redis: Any) -> None:
    old = {"id": "w", "host": "h", "pid": 1, "types": [], "slots": 5, "running": 0, "startedAt": 1}
    redis.zadd(keys.WORKERS, {"w": store.now()})
    redis.set(keys.WORKER + "w", msgspec.json.encode(old))
    (info,) = await store.workers()
    assert (info.version, info.memory, info.jobs, info.draining) == ("", 0, (), False)


async def test_what_a_worker_never_said_is_nobodys_trouble(store: Store, redis: Any) -> None:
    redis.zadd(keys.WORKERS, {"strange": store.now()})
    redis.set(keys.WORKER + "strange", "\x80nonsense")
    assert await store.workers() == []
