"""The worker under the real `arq` command: signals, unknown types, maintenance, and arq's own options."""

import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest

from shared.embedded import EmbeddedStore
from shared.job import Outcome, Status
from shared.store import Store, keys
from tests.processes import WORKER, Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RETURN, SLEEP, Submit, alive, ended, finished, written


async def test_sigterm_lets_a_job_end_and_takes_no_new_one(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    worker = processes.start()
    running = await submit({"do": "sleep", "seconds": 1})
    await written(ledger, 1)
    worker.terminate()

    async def draining() -> bool:
        return "draining" in processes.log(worker)

    await until(draining, "the drain")
    waiting = await submit(RETURN)
    assert await ended(worker) == 0
    assert (await finished(store, running)).status is Status.COMPLETED
    assert (await store.view("default", waiting.id)).job.status is Status.PENDING
    assert await store.workers() == []


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_what_cannot_end_in_the_drain_goes_back_and_costs_no_attempt(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, redis: Any, type: str
) -> None:
    worker = processes.start(DMPS_DRAIN="0.2")
    job = await submit(SLEEP, RETURN, type=type, max_attempts=1)
    await written(ledger, 1)
    worker.terminate()
    assert await ended(worker) == 0
    back = (await store.view("default", job.id)).job
    assert (back.status, back.failures) == (Status.PENDING, 0)
    assert redis.zscore("arq:queue", job.id) == job.run_at
    processes.start()
    done = await finished(store, job)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.INTERRUPTED, Outcome.COMPLETED]


async def test_a_second_signal_ends_the_drain_at_once(
    store: Store, submit: Submit, processes: Fleet, ledger: Path
) -> None:
    worker = processes.start(DMPS_DRAIN="600")
    job = await submit(SLEEP)
    await written(ledger, 1)
    worker.terminate()

    async def draining() -> bool:
        return "draining" in processes.log(worker)

    await until(draining, "the drain")
    worker.terminate()
    assert await ended(worker) == 0
    assert (await store.view("default", job.id)).job.status is Status.PENDING


async def test_a_type_that_this_worker_does_not_know_waits_for_one_that_does(
    store: Store, submit: Submit, processes: Fleet
) -> None:
    await alive(store, processes.start(DMPS_PLUGINS=""))
    strange, known = await submit(RETURN), await submit(type="calculation")
    await finished(store, known)  # refused: its payload is not a calculation; but it was looked at, behind the other
    assert (await store.view("default", strange.id)).job.status is Status.PENDING
    processes.start()
    assert (await finished(store, strange)).status is Status.COMPLETED


async def test_retention_is_run_by_arqs_cron(store: Store, submit: Submit, shared_worker: Fleet, redis: Any) -> None:
    job = await submit(RETURN, keep_for=0.0)

    async def gone() -> Any:
        return redis.exists(keys.JOB + job.id) == 0

    await until(gone, "the end of the record")
    assert redis.zcard(keys.RETENTION) == 0


async def test_a_worker_ends_though_the_store_hangs(store: Store, processes: Fleet, server: EmbeddedStore) -> None:
    worker = processes.start(DMPS_DRAIN="1")
    await alive(store, worker)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        worker.terminate()
        await ended(worker, within=60.0)
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.mark.parametrize("type", ["scripted", "scripted-child"])
async def test_burst_ends_when_there_is_nothing_left_to_do(
    store: Store, submit: Submit, processes: Fleet, type: str
) -> None:
    jobs = [await submit(RETURN, type=type) for _ in range(5)]
    assert await ended(processes.start((*WORKER, "--burst"))) == 0
    for job in jobs:
        assert (await store.view("default", job.id)).job.status is Status.COMPLETED


async def test_check_tells_whether_a_worker_lives(store: Store, processes: Fleet) -> None:
    assert await ended(processes.start((*WORKER, "--check"))) == 1
    await alive(store, processes.start())

    async def healthy() -> bool:
        return await ended(processes.start((*WORKER, "--check"))) == 0

    await until(healthy, "a healthy worker")


async def test_a_worker_with_wrong_settings_says_which_and_does_not_start(processes: Fleet) -> None:
    worker = processes.start(DMPS_CHILDREN="none", DMPS_DRAIN="-1")
    assert await ended(worker) == 78
    assert "DMPS_CHILDREN" in processes.log(worker)
    assert "DMPS_DRAIN" in processes.log(worker)
    assert "Traceback" not in processes.log(worker)


class Exploit:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


async def test_nothing_from_the_store_is_unpickled(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, tmp_path: Path
) -> None:
    pwned = tmp_path / "pwned"
    redis.set("arq:job:evil", pickle.dumps({"t": 1, "f": "x", "a": (Exploit(pwned),), "k": {}, "et": 1}))
    redis.zadd("arq:queue", {"evil": 1})  # without a record: taken for a plain arq job

    async def given_up() -> Any:
        return redis.exists("arq:job:evil") == 0

    await until(given_up, "arq's refusal")
    assert not pwned.exists()
    assert (await finished(store, await submit(RETURN))).status is Status.COMPLETED
