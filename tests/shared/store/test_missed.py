"""Giving up what waits though it is too late for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import Raw

from shared import lifecycle
from shared.job import Job, Status
from shared.store import MOST_RECORDS, Change, Store, keys
from shared.store.missed import AGAIN, judge
from tests.shared.store.claiming import ERROR, MakeJob, claim


async def stands(store: Store, job: Job) -> Job:
    return (await store.view(job.tenant, job.id)).job


def on_the_list(redis: Any) -> dict[str, int]:
    return {id.decode(): round(time) for id, time in redis.zrange(keys.MISSABLE, 0, -1, withscores=True)}


async def test_what_waits_too_long_fails_and_leaves_the_queue(store: Store, redis: Any, new_job: MakeJob) -> None:
    late = [new_job(now=store.now() - 10, **{fact: 0.0}) for fact in ("expires_in", "deadline")]
    in_time = new_job(now=store.now(), expires_in=60.0)
    await store.submit([*late, in_time])
    assert await store.give_up_missed() == (2, False)
    found = [await stands(store, job) for job in late]
    assert [(job.status, job.error.code if job.error else "") for job in found] == [
        (Status.FAILED, "expired"),
        (Status.FAILED, "deadline"),
    ]
    assert (await stands(store, in_time)).status is Status.PENDING
    assert on_the_list(redis) == {in_time.id: in_time.start_by}
    assert [job.id for job in await claim(store)] == [in_time.id]


async def test_it_is_done_once_however_many_do_it(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(now=store.now() - 10, expires_in=0.0) for _ in range(20)]
    await store.submit(jobs)
    answers = await asyncio.gather(*(store.give_up_missed() for _ in range(5)))
    assert sum(given_up for given_up, _ in answers) == 20
    assert {(await stands(store, job)).rev for job in jobs} == {2}


async def test_some_are_given_up_in_one_call_and_the_others_in_the_next(store: Store, new_job: MakeJob) -> None:
    await store.submit([new_job(now=store.now() - 10, expires_in=0.0) for _ in range(MOST_RECORDS + 5)])
    assert await store.give_up_missed() == (MOST_RECORDS, True)
    assert await store.give_up_missed() == (5, False)


async def test_a_job_that_began_in_time_is_looked_at_again_at_its_deadline(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    job = new_job(now=store.now() - 10, expires_in=0.0, deadline=60.0)
    await store.submit([job])
    (running,) = await claim(store)
    await store.write([Change(running, lifecycle.fail(running, ERROR, store.now(), 30.0))])
    assert await store.give_up_missed() == (0, False)
    assert on_the_list(redis) == {job.id: job.deadline_at}
    assert (await stands(store, job)).status is Status.RETRYING


async def test_a_job_that_runs_is_left_to_its_worker_and_looked_at_again(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    job = new_job(now=store.now() - 10, deadline=0.0)
    await store.submit([job])
    (running,) = await claim(store)
    assert await store.give_up_missed() == (0, False)
    assert (await stands(store, job)) == running
    assert 0 <= store.now() + AGAIN - on_the_list(redis)[job.id] < 5_000


async def test_what_has_finished_is_gone_or_makes_no_sense_leaves_the_list(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    done, gone = new_job(now=store.now() - 10, deadline=0.0), new_job(now=store.now() - 10, deadline=0.0)
    await store.submit([done, gone])
    redis.delete(keys.JOB + gone.id)
    (running,) = await claim(store)
    await store.write([Change(running, lifecycle.complete(running, Raw(b"1"), store.now()))])
    redis.zadd(keys.MISSABLE, {b"\xff": 1, "list": 1, "nonsense": 1})
    redis.rpush(keys.JOB + "list", 1)
    redis.set(keys.JOB + "nonsense", "{")
    assert await store.give_up_missed() == (0, False)
    assert (await stands(store, done)).status is Status.COMPLETED
    assert on_the_list(redis) == {}


async def test_a_job_that_was_changed_meanwhile_is_looked_at_again(
    store: Store, redis: Any, new_job: Callable[..., Job], monkeypatch: Any
) -> None:
    job = new_job(now=store.now() - 10, expires_in=0.0)
    await store.submit([job])
    write = store.write

    async def after_another(changes: Any) -> Any:
        monkeypatch.setattr(store, "write", write)
        await claim(store)
        return await write(changes)

    monkeypatch.setattr(store, "write", after_another)
    assert await store.give_up_missed() == (0, False)
    assert (await stands(store, job)).status is Status.PROCESSING
    assert job.id in on_the_list(redis)


def test_a_job_that_is_not_yet_too_late_stays_to_be_looked_at(new_job: MakeJob) -> None:
    """It is looked at when its time has come, not yet when it is over; or somebody gave it another meanwhile."""
    job = new_job(now=1_000, expires_in=1)
    verdict = judge({b"id": job}, 2_000)
    assert (verdict.later, verdict.settled) == ({b"id": 2_001}, [])
    both = new_job(now=1_000, expires_in=5, deadline=3)
    assert judge({b"id": both}, 2_000).later == {b"id": 4_000}
    assert [change.job.status for change in judge({b"id": job}, 2_001).changes] == [Status.FAILED]
