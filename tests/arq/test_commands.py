"""arq's command with its options, and its signals, on a user's settings beside ours."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest
from arq import ArqRedis
from arq.jobs import JobStatus

from shared.job import Job, Status
from shared.store import Store
from tests.arq.client import enqueue, noted, result
from tests.arq.conftest import Start
from tests.arq.ours import scripted
from tests.processes import Fleet
from tests.waiting import until

ARQ = (sys.executable, "-m", "arq")


async def ended(process: "Popen[bytes]", within: float = 30) -> int:
    return await asyncio.to_thread(process.wait, within)


@pytest.fixture
async def ours(store: Store, new_job: Callable[..., Job]) -> Job:
    job = scripted(store, new_job, do="return")
    await store.submit([job])
    return job


async def test_burst_ends_once_both_kinds_of_job_are_done_deferred_ones_too(
    client: ArqRedis, start: Start, store: Store, ours: Job
) -> None:
    jobs = [await enqueue(client, "add", number) for number in range(3)]
    deferred = await enqueue(client, "add", 9, _defer_by=2)
    assert await ended(start("WorkerSettings", "--burst")) == 0
    assert [await result(job) for job in (*jobs, deferred)] == [0, 1, 2, 9]
    assert (await store.view("default", ours.id)).job.status is Status.COMPLETED
    assert await noted(client, "on_shutdown") == ["on_shutdown"]


async def test_check_asks_for_the_health_of_the_settings_that_it_is_given(client: ArqRedis, start: Start) -> None:
    assert await ended(start("Elsewhere", "--check")) == 1
    worker = start("Elsewhere")

    async def told() -> bool:
        return bool(await client.exists("elsewhere:health"))

    await until(told, "the worker's health")
    assert (await client.get("elsewhere:health")).decode().endswith("j_ongoing=0 queued=0")
    assert await ended(start("Elsewhere", "--check")) == 0
    worker.terminate()
    assert await ended(worker) == 0
    assert await client.exists("elsewhere:health") == 0


async def test_a_queue_of_its_own_is_served_beside_our_jobs(
    client: ArqRedis, start: Start, store: Store, ours: Job
) -> None:
    job = await enqueue(client, "add", 1, _queue_name="arq:queue:elsewhere")
    other = await enqueue(client, "add", 1)
    start("Elsewhere")
    assert await result(job) == 1
    assert (await store.view("default", ours.id)).job.status is Status.COMPLETED
    assert await other.status() is JobStatus.queued


async def test_sigterm_hands_a_plain_job_back_to_be_run_again(client: ArqRedis, start: Start) -> None:
    worker = start()
    job = await enqueue(client, "nap", 1.5)
    await noted(client, "nap")
    worker.terminate()
    assert await ended(worker) == 0
    assert await job.status() is JobStatus.queued
    start()
    assert await result(job) == 2


async def test_job_completion_wait_lets_a_plain_job_end(client: ArqRedis, start: Start) -> None:
    worker = start("Patient")
    job = await enqueue(client, "nap", 1.5)
    await noted(client, "nap")
    worker.terminate()
    assert await ended(worker) == 0
    assert await result(job) == 1


async def test_watch_restarts_the_worker_when_a_file_changes(
    client: ArqRedis, start: Start, tmp_path: Path, store: Store, ours: Job
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    worker = start("WorkerSettings", "--watch", str(folder))
    await noted(client, "on_startup")
    nap = await enqueue(client, "nap", 1)
    await noted(client, "nap")
    (folder / "changed.py").touch()
    await noted(client, "on_startup", 2)
    assert await result(nap) == 2
    assert await result(await enqueue(client, "add", 1)) == 1
    worker.terminate()
    assert await ended(worker) == 0
    assert await noted(client, "on_shutdown", 2) == ["on_shutdown"] * 2
    assert await store.workers() == []


async def test_arqs_own_log_configuration_is_obeyed(client: ArqRedis, processes: Fleet) -> None:
    worker = processes.start(
        (*ARQ, "tests.arq.acme.WorkerSettings", "--burst", "--custom-log-dict", "tests.arq.acme.LOGGING")
    )
    await enqueue(client, "add", 1)
    assert await ended(worker) == 0
    assert "ACME" in processes.log(worker)
