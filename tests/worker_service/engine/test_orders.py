"""What a worker is told to do: to stop one job, or to drain. Under the real `arq` command."""

import signal
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import EmbeddedStore
from shared.job import Job, Outcome, Status
from shared.store import Store, WorkerInfo, keys
from shared.store.connection import script
from tests.chaos.proxy import Cut, Proxy
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import (
    RETURN,
    SLEEP,
    Submit,
    alive,
    cancel,
    ended,
    finished,
    lines,
    order,
    written,
)

PROMISED = 1_000  # ms: promise P7
HEED = {"do": "heed"}


def outcomes(job: Job) -> list[Outcome]:
    return [attempt.outcome for attempt in job.attempts]


@pytest.mark.parametrize(
    ("type", "step"),
    [("scripted", SLEEP), ("scripted-child", SLEEP), ("scripted", HEED), ("scripted-child", HEED)],
    ids=["loop-sleep", "child-sleep", "loop-heed", "child-heed"],
)
async def test_a_running_job_is_cancelled_within_a_second(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path, type: str, step: Any
) -> None:
    job = await submit(step, type=type)
    await written(ledger, 1)
    asked = await cancel(store, redis, job)
    assert (asked.status, asked.cancel_requested_at is None) == (Status.PROCESSING, False)
    done = await finished(store, job)
    assert done.status is Status.CANCELLED
    assert done.error is not None
    assert done.error.code == "cancelled"
    assert done.completed_at is not None
    assert asked.cancel_requested_at is not None
    assert done.completed_at - asked.cancel_requested_at < PROMISED
    assert len(done.attempts) == 1


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_a_job_sees_that_it_was_cancelled(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path, type: str
) -> None:
    job = await submit(HEED, type=type)
    await written(ledger, 1)
    await cancel(store, redis, job)
    await finished(store, job)
    assert [line.split()[1] for line in lines(ledger)] == ["1", "cancelled=True"]


async def test_a_job_that_ends_by_itself_when_told_keeps_its_child(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path
) -> None:
    job = await submit(HEED, type="scripted-child")
    await written(ledger, 1)
    await cancel(store, redis, job)
    await finished(store, job)
    await finished(store, await submit(RETURN, type="scripted-child"))
    assert len({line.split()[2] for line in lines(ledger)}) == 1


async def test_a_job_that_does_not_heed_is_killed_and_its_neighbours_are_not(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path
) -> None:
    await alive(store, processes.start(DMPS_CHILDREN="2"))
    job = await submit(SLEEP, type="scripted-child")
    neighbours = [await submit({"do": "sleep", "seconds": 2}, type=type) for type in ("scripted", "scripted-child")]
    await written(ledger, 3)
    await cancel(store, redis, job)
    assert outcomes(await finished(store, job)) == [Outcome.CANCELLED]
    for neighbour in neighbours:
        assert outcomes(await finished(store, neighbour)) == [Outcome.COMPLETED]


async def test_a_coroutine_that_swallows_its_cancellation_is_processing_until_it_ends_and_its_result_is_thrown_away(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path, tmp_path: Path
) -> None:
    release = tmp_path / "release"
    job = await submit({"do": "swallow", "until": str(release)})
    await written(ledger, 1)
    asked = await cancel(store, redis, job)
    await written(ledger, 2)
    await finished(store, await submit(RETURN))  # by now it would have been settled
    assert (await store.view("default", job.id)).job == asked
    release.touch()
    done = await finished(store, job)
    assert (done.status, bytes(done.result)) == (Status.CANCELLED, b"null")
    assert outcomes(done) == [Outcome.COMPLETED]


async def test_a_job_whose_failing_attempt_was_cancelled_is_not_tried_again(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path
) -> None:
    job = await submit(SLEEP, type="scripted-child", timeout=0.6)
    await written(ledger, 1)
    await cancel(store, redis, job)
    assert (await finished(store, job)).status is Status.CANCELLED
    assert len(lines(ledger)) == 1


@pytest.mark.parametrize(
    "nonsense", ["", "{", '{"cancel": 1}', '{"fly": true}', "[]", '{"cancel": "x", "fence": 1}', "\x00\xff"]
)
async def test_an_order_that_makes_no_sense_is_dropped(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path, nonsense: str
) -> None:
    (worker,) = await store.workers()
    redis.rpush(keys.ORDERS + worker.id, nonsense)
    job = await submit(SLEEP)
    await written(ledger, 1)
    await cancel(store, redis, job)
    assert (await finished(store, job)).status is Status.CANCELLED


async def test_an_order_for_another_attempt_stops_nobody(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path
) -> None:
    job = await submit({"do": "sleep", "seconds": 1})
    await written(ledger, 1)
    (worker,) = await store.workers()
    order(redis, worker.id, {"cancel": job.id, "fence": 7})
    assert outcomes(await finished(store, job)) == [Outcome.COMPLETED]


async def test_orders_of_another_kind_of_key_cost_the_worker_nothing(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any
) -> None:
    (worker,) = await store.workers()
    redis.set(keys.ORDERS + worker.id, "not a list")
    assert (await finished(store, await submit(RETURN))).status is Status.COMPLETED
    redis.delete(keys.ORDERS + worker.id)
    order(redis, worker.id, {"drain": True})
    assert await ended(shared_worker.processes[0]) == 0


async def drained(store: Store, worker: str) -> None:
    async def draining() -> WorkerInfo | None:
        return next((info for info in await store.workers() if info.id == worker and info.draining), None)

    await until(draining, "a worker that drains")


async def test_a_worker_that_is_told_to_drain_says_so_lets_its_jobs_end_and_then_ends(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, ledger: Path
) -> None:
    (worker,) = await store.workers()
    assert not worker.draining
    running = await submit({"do": "sleep", "seconds": 3})
    await written(ledger, 1)
    order(redis, worker.id, {"drain": True})
    order(redis, worker.id, {"drain": True})
    await drained(store, worker.id)
    waiting = await submit(RETURN)
    assert await ended(shared_worker.processes[0]) == 0
    assert outcomes(await finished(store, running)) == [Outcome.COMPLETED]
    assert (await store.view("default", waiting.id)).job.status is Status.PENDING
    assert await store.workers() == []


async def test_sigterm_does_not_cut_a_drain_short_that_an_order_began_but_a_second_one_does(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path
) -> None:
    process = processes.start(DMPS_DRAIN="600")
    (worker,) = await alive(store, process)
    job = await submit(SLEEP)
    await written(ledger, 1)
    order(redis, worker.id, {"drain": True})
    await drained(store, worker.id)
    process.send_signal(signal.SIGTERM)

    async def heard() -> bool:
        return "told to stop" in processes.log(process)

    await until(heard, "the first signal")
    assert (await store.view("default", job.id)).job.status is Status.PROCESSING
    process.send_signal(signal.SIGTERM)
    assert await ended(process) == 0
    assert (await store.view("default", job.id)).job.status is Status.PENDING


async def test_a_job_that_is_cancelled_before_its_worker_hears_of_the_claim_is_not_run(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path, server: EmbeddedStore
) -> None:
    hears_nothing = True

    def lose_the_answer(data: bytes) -> Cut | None:
        return Cut.AFTER if hears_nothing and script("claim").sha.encode() in data else None

    async with Proxy(("127.0.0.1", server.port or 0)) as proxy:
        (worker,) = await alive(store, processes.start(REDIS_URL=proxy.url))
        proxy.cut = lose_the_answer
        job = await submit(RETURN)

        async def claimed() -> bool:
            return (await store.view("default", job.id)).job.status is Status.PROCESSING

        await until(claimed, "the claim")
        await cancel(store, redis, job)

        async def told() -> bool:
            return not redis.exists(keys.ORDERS + worker.id)

        await until(told, "the end of the order")
        hears_nothing = False
        done = await finished(store, job)
    assert (done.status, outcomes(done)) == (Status.CANCELLED, [Outcome.CANCELLED])
    assert lines(ledger) == []


async def test_a_job_of_a_lost_worker_that_was_cancelled_meanwhile_is_not_run_again(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path
) -> None:
    victim = processes.start()
    await alive(store, victim)
    job = await submit(SLEEP)
    await written(ledger, 1)
    victim.kill()
    victim.wait()
    await cancel(store, redis, job)
    redis.zadd(keys.LEASES, {job.id: 1})
    processes.start()
    done = await finished(store, job)
    assert (done.status, outcomes(done)) == (Status.CANCELLED, [Outcome.LOST])
    assert len(lines(ledger)) == 1
