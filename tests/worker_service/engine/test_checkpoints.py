"""An attempt goes on from where the one before has stopped, however that was; under the real `arq` command."""

from pathlib import Path
from typing import Any

from shared import codec, lifecycle
from shared.job import Job, Outcome, Status
from shared.retry import RetryPolicy
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RECOVERY, Submit, alive, finished, written

STATE = {"rows": 2**70, "mean": 0.1, "parts": ["a", None]}
LONG = {"do": "sleep", "seconds": 60, "checkpoint": STATE}
RECALL = {"do": "recall"}
AT_ONCE = RetryPolicy(kind="fixed", delay=0.0, jitter=False)
TYPES = ["scripted", "scripted-child"]


async def kept(redis: Any, *jobs: Job) -> None:
    async def look() -> bool:
        return int(redis.exists(*(keys.CHECKPOINT + job.id for job in jobs))) == len(jobs)

    await until(look, "the checkpoints")


def recalled(job: Job) -> Any:
    return codec.decode(job.result)["state"]


async def test_a_failed_attempt_hands_its_state_to_the_next_one_however_soon_that_begins(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any
) -> None:
    first = await submit(RECALL)
    jobs = [
        await submit({"do": "fail", "checkpoint": {**STATE, "n": n}}, RECALL, type=TYPES[n % 2], backoff=AT_ONCE)
        for n in range(10)
    ]
    assert recalled(await finished(store, first)) is None
    for n, job in enumerate(jobs):
        state = recalled(await finished(store, job))
        assert {**state, "mean": float(state["mean"])} == {**STATE, "n": n}
        assert redis.exists(keys.CHECKPOINT + job.id) == 0


async def test_a_killed_workers_jobs_go_on_from_their_checkpoints(
    store: Store, submit: Submit, processes: Fleet, redis: Any
) -> None:
    victim = processes.start()
    await alive(store, victim)
    jobs = [await submit(LONG, RECALL, type=type) for type in TYPES]
    await kept(redis, *jobs)
    await alive(store, processes.start())
    victim.kill()
    for job in jobs:
        done = await finished(store, job, RECOVERY)
        assert [attempt.outcome for attempt in done.attempts] == [Outcome.LOST, Outcome.COMPLETED]
        assert recalled(done)["rows"] == STATE["rows"]


async def test_a_deploy_and_a_snooze_keep_it(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, redis: Any
) -> None:
    worker = processes.start(DMPS_DRAIN="1")
    jobs = [await submit(LONG, {"do": "snooze", "after": 0.05}, RECALL, type=type) for type in TYPES]
    await written(ledger, 2)
    worker.terminate()
    processes.start()
    for job in jobs:
        done = await finished(store, job)
        outcomes = [attempt.outcome for attempt in done.attempts]
        assert outcomes == [Outcome.INTERRUPTED, Outcome.SNOOZED, Outcome.COMPLETED]
        assert recalled(done)["rows"] == STATE["rows"]


async def test_a_failed_job_that_is_retried_by_its_caller_begins_anew(
    store: Store, submit: Submit, shared_worker: Fleet
) -> None:
    job = await submit({"do": "fail", "checkpoint": 1}, RECALL, max_attempts=1)
    assert (await finished(store, job)).status is Status.FAILED
    await store.change("default", job.id, lambda failed: lifecycle.retry(failed, store.now()))
    assert recalled(await finished(store, job)) is None
