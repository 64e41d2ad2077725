"""When it is too late for a job, or for an attempt. Under the real `arq` command."""

from pathlib import Path
from typing import Any

import pytest

from shared.job import Job, Outcome, Status
from shared.store import Store, keys
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import RETURN, SLEEP, Submit, finished, lines, written

BOTH = pytest.mark.parametrize("type", ["scripted", "scripted-child"])
UNSERVED = "calculation-of-tomorrow"


def codes(job: Job) -> list[str]:
    return [attempt.error.code for attempt in job.attempts if attempt.error]


async def failed(store: Store, job: Job, code: str) -> Job:
    done = await finished(store, job)
    assert done.error is not None
    assert (done.status, done.error.code) == (Status.FAILED, code)
    return done


@BOTH
async def test_a_running_attempt_ends_at_the_jobs_deadline_and_no_other_follows(
    store: Store, submit: Submit, shared_worker: Fleet, type: str
) -> None:
    await finished(store, await submit(RETURN, type=type))  # its worker, and a child, are there
    job = await submit(SLEEP, RETURN, type=type, deadline=1)
    done = await failed(store, job, "deadline")
    assert codes(done) == ["deadline"]
    assert done.deadline_at is not None
    assert done.completed_at is not None
    assert 0 <= done.completed_at - done.deadline_at < 500


@BOTH
async def test_the_timeout_ends_an_attempt_that_has_time_left_until_the_deadline(
    store: Store, submit: Submit, shared_worker: Fleet, type: str
) -> None:
    job = await submit(SLEEP, RETURN, type=type, timeout=0.3, deadline=60.0)
    done = await finished(store, job)
    assert (done.status, codes(done)) == (Status.COMPLETED, ["timeout"])


@pytest.mark.parametrize(("fact", "code"), [("expires_in", "expired"), ("deadline", "deadline")])
async def test_a_job_that_is_claimed_too_late_is_not_run(
    store: Store, submit: Submit, processes: Fleet, ledger: Path, fact: str, code: str
) -> None:
    late = await submit(RETURN, **{fact: 0.0})
    in_time = await submit(RETURN, **{fact: 60.0})
    processes.start()
    done = await failed(store, late, code)
    assert (done.attempts, done.started_at) == ((), None)
    assert (await finished(store, in_time)).status is Status.COMPLETED
    assert [line.split()[0] for line in lines(ledger)] == [in_time.id]


async def test_a_job_that_began_in_time_is_tried_again_after_it_would_have_expired(
    store: Store, submit: Submit, shared_worker: Fleet
) -> None:
    job = await submit({"do": "retry_later", "after": 0.5}, RETURN, expires_in=0.4)
    done = await finished(store, job)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.FAILED, Outcome.COMPLETED]


@pytest.mark.parametrize(("fact", "code"), [("expires_in", "expired"), ("deadline", "deadline")])
async def test_what_no_worker_takes_is_given_up_by_arqs_cron(
    store: Store, submit: Submit, shared_worker: Fleet, redis: Any, fact: str, code: str
) -> None:
    job = await submit(RETURN, type=UNSERVED, **{fact: 0.0})
    done = await failed(store, job, code)
    assert done.attempts == ()

    async def off_the_list() -> Any:
        return redis.zscore(keys.MISSABLE, job.id) is None

    await until(off_the_list, "the end of the list")
    assert redis.zcard("arq:queue") == 0


@BOTH
async def test_an_attempt_that_falls_silent_is_stopped_and_tried_again(
    store: Store, submit: Submit, shared_worker: Fleet, type: str
) -> None:
    silent = {"do": "sleep", "seconds": 60, "percent": 1}
    done = await finished(store, await submit(silent, RETURN, type=type, heartbeat=0.4))
    assert (done.status, codes(done)) == (Status.COMPLETED, ["heartbeat"])
    assert done.attempts[0].ended_at - done.attempts[0].started_at >= 400


@BOTH
async def test_an_attempt_that_tells_of_its_work_may_take_longer_than_its_heartbeat(
    store: Store, submit: Submit, shared_worker: Fleet, type: str
) -> None:
    step = {"do": "beat", "times": 15, "every": 0.1}
    done = await finished(store, await submit(step, type=type, heartbeat=0.8))
    assert (done.status, codes(done)) == (Status.COMPLETED, [])


async def test_a_neighbour_that_blocks_the_loop_costs_nobody_its_heartbeat(
    store: Store, submit: Submit, shared_worker: Fleet, ledger: Path
) -> None:
    beating = await submit({"do": "beat", "times": 20, "every": 0.1}, heartbeat=0.8)
    await written(ledger, 1)
    blocking = await submit({"do": "block", "seconds": 1.5})
    for job in (blocking, beating):
        assert codes(await finished(store, job)) == []
