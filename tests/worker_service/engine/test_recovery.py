"""Lost, paused and blocked workers: who runs their jobs, and who may settle them."""

import signal
from collections import Counter
from pathlib import Path
from typing import Any

from msgspec import Raw

from shared.job import Outcome, Status
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RECOVERY, RETURN, SLEEP, Submit, alive, finished, lines, runs, written


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
