"""Queues, priorities, limits and pauses with several real workers."""

import json
from typing import Any

import pytest

from shared.job import Job, Priority, Status
from shared.store import Store, keys
from tests.processes import WORKER, Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RETURN, Submit, alive, finished

BRIEF = {"do": "sleep", "seconds": 0.1}


async def several(store: Store, processes: Fleet, count: int = 3, **settings: str) -> None:
    await alive(store, *(processes.start(WORKER, **settings) for _ in range(count)))


def spans(jobs: list[Job]) -> list[tuple[int, int]]:
    return sorted((attempt.started_at, attempt.ended_at) for job in jobs for attempt in job.attempts)


async def test_workers_run_the_jobs_of_their_queues_and_no_others(
    store: Store, submit: Submit, processes: Fleet
) -> None:
    for_images, for_all = processes.start(DMPS_QUEUES="images"), processes.start(DMPS_QUEUES="default,images:3")
    await alive(store, for_images, for_all)
    jobs = [await submit(BRIEF, queue=queue) for queue in ("images", "default") for _ in range(10)]
    done = [await finished(store, job) for job in jobs]
    ran_by = {queue: {job.attempts[0].worker for job in done if job.queue == queue} for queue in ("images", "default")}
    assert len(ran_by["default"]) == 1
    assert f":{for_all.pid}:" in next(iter(ran_by["default"]))


async def test_a_low_job_is_run_while_high_ones_never_end(store: Store, submit: Submit, processes: Fleet) -> None:
    low = await submit(RETURN, priority=Priority.LOW)
    high = [await submit({"do": "sleep", "seconds": 0.02}, priority=Priority.HIGH) for _ in range(400)]
    await several(store, processes, 1, DMPS_CONCURRENCY="2")
    done = await finished(store, low)
    assert (await store.view("default", high[-1].id)).job.status is Status.PENDING
    assert done.status is Status.COMPLETED


@pytest.mark.parametrize("subject", ["queue:default", "type:scripted"])
async def test_a_limit_on_running_jobs_is_exact_over_several_workers(
    store: Store, redis: Any, submit: Submit, processes: Fleet, subject: str
) -> None:
    redis.hset(keys.LIMITS, subject, json.dumps({"maxRunning": 2}))
    jobs = [await submit(BRIEF) for _ in range(12)]
    await several(store, processes)
    runs = spans([await finished(store, job) for job in jobs])
    for start, _ in runs:
        assert sum(began <= start < ended for began, ended in runs) <= 2
    assert runs[-1][1] - runs[0][0] < 5_000  # and none waits longer than it must


async def test_a_limit_on_starts_is_exact_over_several_workers(
    store: Store, redis: Any, submit: Submit, processes: Fleet
) -> None:
    redis.hset(keys.LIMITS, "type:scripted", json.dumps({"maxStartsPerSecond": 5}))
    jobs = [await submit(RETURN) for _ in range(16)]
    await several(store, processes)
    starts = [began for began, _ in spans([await finished(store, job) for job in jobs])]
    assert all(later - earlier >= 1_000 for earlier, later in zip(starts, starts[5:], strict=False))
    assert starts[-1] - starts[0] < 5_000


@pytest.mark.parametrize("subject", ["queue:images", "type:scripted"])
async def test_a_pause_holds_everywhere_and_what_runs_ends(
    store: Store, redis: Any, submit: Submit, processes: Fleet, subject: str
) -> None:
    await several(store, processes, 2, DMPS_QUEUES="images,default")
    running = await submit({"do": "sleep", "seconds": 0.5}, queue="images")

    async def runs() -> bool:
        return (await store.view("default", running.id)).job.status is Status.PROCESSING

    await until(runs, "the running job")
    redis.hset(keys.LIMITS, subject, json.dumps({"paused": True}))
    held = [await submit(RETURN, queue="images") for _ in range(5)]
    others = [await submit({}, type="noop") for _ in range(20)]
    for job in (running, *others):
        assert (await finished(store, job)).status is Status.COMPLETED
    assert {(await store.view("default", job.id)).job.status for job in held} == {Status.PENDING}
    redis.delete(keys.LIMITS)
    for job in held:
        assert (await finished(store, job)).status is Status.COMPLETED
