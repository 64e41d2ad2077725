"""Lost, paused and blocked workers: who runs their jobs, and who may settle them."""

import signal
from collections import Counter
from pathlib import Path
from typing import Any

from msgspec import Raw

from shared.embedded import EmbeddedStore
from shared.job import Outcome, Status
from shared.store import Store, keys
from shared.store.connection import script
from tests.chaos.proxy import Cut, Proxy
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import (
    RECOVERY,
    RETURN,
    SLEEP,
    Submit,
    alive,
    finished,
    lines,
    runs,
    written,
)
from worker_service import process_tree


async def test_a_job_of_a_killed_worker_is_completed_by_another_within_seconds(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    victim = processes.start()
    await alive(store, victim)
    job = await submit(SLEEP, RETURN)
    child = await submit(SLEEP, RETURN, type="scripted-child")
    pids = [int(line.split()[2]) for line in await written(ledger, 2)]
    await alive(store, processes.start())
    victim.kill()
    for lost in (job, child):
        done = await finished(store, lost, RECOVERY)
        assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST, Outcome.COMPLETED]
        assert (done.failures, done.losses) == (0, 1)
    assert victim.pid in pids
    (child_pid,) = set(pids) - {victim.pid}

    async def child_is_gone() -> bool:
        return not runs(child_pid)

    await until(child_is_gone, "the end of the killed worker's child")


async def test_a_killed_worker_leaves_no_child_at_work_or_idle(submit: Submit, processes: Fleet, ledger: Path) -> None:
    worker = processes.start(DMPS_CHILDREN="3")
    await submit(SLEEP, type="scripted-child")
    await written(ledger, 1)

    async def all_there() -> list[int] | None:
        pids = process_tree.below(worker.pid)
        return pids if len(pids) == 6 else None

    children = await until(all_there, "three children and their wardens")
    worker.kill()

    async def gone() -> bool:
        return not any(runs(pid) for pid in children)

    await until(gone, "the end of its children")


async def test_a_job_that_is_lost_with_its_worker_three_times_fails_as_crashed(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path
) -> None:
    job = await submit(SLEEP)
    for number in (1, 2, 3):
        worker = processes.start()
        await written(ledger, number)
        worker.kill()
        worker.wait()
        redis.zadd(keys.LEASES, {job.id: 1})  # its lease is over at once, so that the test need not wait for it
    processes.start()
    done = await finished(store, job)
    assert done.error is not None
    assert (done.status, done.error.code) == (Status.FAILED, "crashed")
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST] * 3
    assert len(lines(ledger)) == 3


async def test_a_repeated_claim_of_a_lapsed_job_is_recovered_once(
    store: Store, submit: Submit, processes: Fleet, redis: Any, ledger: Path, server: EmbeddedStore
) -> None:
    victim = processes.start()
    job = await submit(SLEEP, RETURN)
    await written(ledger, 1)
    victim.kill()

    def lose_the_answer(data: bytes) -> Cut | None:
        untaken = b'"fence":1,' in redis.get(keys.JOB + job.id)
        return Cut.AFTER if untaken and script("claim").sha.encode() in data else None

    async with Proxy(("127.0.0.1", server.port or 0)) as proxy:
        await alive(store, processes.start(REDIS_URL=proxy.url))
        proxy.cut = lose_the_answer
        redis.zadd(keys.LEASES, {job.id: 1})
        done = await finished(store, job)
    assert proxy.cuts > 0
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST, Outcome.COMPLETED]
    assert done.losses == 1
    assert [line.split()[1] for line in lines(ledger)] == ["1", "2"]


async def test_a_blocked_event_loop_loses_no_lease(store: Store, submit: Submit, processes: Fleet) -> None:
    await alive(store, processes.start(), processes.start())
    job = await submit({"do": "block", "seconds": 12})
    done = await finished(store, job, within=30)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.COMPLETED]


async def test_a_paused_worker_loses_its_job_and_cannot_settle_it_any_more(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, redis: Any
) -> None:
    paused = processes.start()
    job = await submit({"do": "sleep", "seconds": 0.5}, {"do": "return", "value": "mine"})
    await written(ledger, 1)
    paused.send_signal(signal.SIGSTOP)
    redis.zadd(keys.LEASES, {job.id: 1})
    processes.start()
    done = await finished(store, job)
    paused.send_signal(signal.SIGCONT)

    async def refused() -> bool:
        return "late result refused" in processes.log(paused) or "lease lost" in processes.log(paused)

    await until(refused, "the refusal of the late attempt")
    assert (await store.view("default", job.id)).job == done
    assert done.result == Raw(b'"mine"')


async def test_many_jobs_on_several_workers_are_each_done_once(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    await alive(store, processes.start(), processes.start())
    jobs = [await submit(RETURN) for _ in range(300)]
    for job in jobs:
        assert (await finished(store, job)).status is Status.COMPLETED
    assert Counter(line.split()[0] for line in lines(ledger)) == Counter(job.id for job in jobs)
