"""Pauses and limits, as claims obey them."""

import json
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import Job
from shared.store import Change, Store, keys
from tests.shared.store.claiming import ERROR, MakeJob, claim, lapse, request

SUBJECTS = ["queue:default", "type:calculation"]


def limit(redis: Any, subject: str, **members: Any) -> None:
    redis.hset(keys.LIMITS, subject, json.dumps(members))


async def finish(store: Store, *jobs: Job) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in jobs])


@pytest.fixture
async def waiting(store: Store, new_job: MakeJob) -> list[Job]:
    jobs = [new_job(run_at=store.now() - 1000) for _ in range(5)]
    await store.submit(jobs)
    return jobs


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_what_is_paused_is_not_given_and_is_given_in_its_old_order_once_it_is_resumed(
    store: Store, redis: Any, waiting: list[Job], subject: str
) -> None:
    limit(redis, subject, paused=True)
    for worker in ("w1", "w2"):
        _, claims = await store.write_and_claim([], request(worker))
        assert (claims.jobs, claims.more) == ([], False)
    redis.delete(keys.LIMITS)
    assert [job.id for job in await claim(store, slots=2)] == [job.id for job in waiting[:2]]
    assert [job.id for job in await claim(store)] == [job.id for job in waiting[2:]]


async def test_a_paused_type_hides_no_other(store: Store, redis: Any, waiting: list[Job], new_job: MakeJob) -> None:
    limit(redis, "type:calculation", paused=True)
    other = new_job(type="other")
    await store.submit([other])
    assert [job.id for job in await claim(store, loop=("calculation", "other"))] == [other.id]


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_no_more_run_than_may_whichever_worker_asks(
    store: Store, redis: Any, waiting: list[Job], subject: str
) -> None:
    limit(redis, subject, maxRunning=2)
    first, second = await claim(store, "w1")
    assert await claim(store, "w2") == []
    await finish(store, first)
    (third,) = await claim(store, "w2")
    assert await claim(store, "w1") == []
    retried = lifecycle.fail(second, ERROR, store.now(), 60.0)
    await store.write([Change(second, retried)])
    (fourth,) = await claim(store, "w3")
    assert {first.id, second.id, third.id, fourth.id} == {job.id for job in waiting[:4]}


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_lowered_limit_stops_nothing_and_lets_nothing_begin(
    store: Store, redis: Any, waiting: list[Job], subject: str
) -> None:
    held = await claim(store, slots=3)
    limit(redis, subject, maxRunning=2)
    await finish(store, held[0])
    assert await claim(store) == []
    await finish(store, held[1])
    assert len(await claim(store)) == 1


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_lapsed_job_is_recovered_though_its_limit_is_reached(
    store: Store, redis: Any, waiting: list[Job], subject: str
) -> None:
    limit(redis, subject, maxRunning=1)
    (held,) = await claim(store)
    await lapse(store, redis, held)
    assert [job.id for job in await claim(store, "w2")] == [held.id]


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_no_more_start_in_a_second_than_may_and_the_worker_is_told_when_to_look_again(
    store: Store, redis: Any, waiting: list[Job], subject: str
) -> None:
    limit(redis, subject, maxStartsPerSecond=2)
    first, second = await claim(store, "w1")
    await finish(store, first, second)
    _, claims = await store.write_and_claim([], request("w2"))
    assert (claims.jobs, claims.more) == ([], False)
    assert claims.next_due is not None
    assert first.claimed_at < claims.next_due <= first.claimed_at + 1000
    starts = keys.STARTS + subject
    redis.zadd(starts, {first.id: first.claimed_at - 1000})  # a second has passed for one of them
    assert len(await claim(store, "w2")) == 1


@pytest.mark.parametrize(("rate", "most", "window"), [(0.5, 1, 2000), (1.5, 2, 1334), (3, 3, 1000)])
async def test_a_rate_need_not_be_a_whole_number(
    store: Store, redis: Any, new_job: MakeJob, rate: float, most: int, window: int
) -> None:
    await store.submit([new_job() for _ in range(most + 1)])
    limit(redis, "type:calculation", maxStartsPerSecond=rate)
    first, *others = await claim(store)
    assert len(others) == most - 1
    _, claims = await store.write_and_claim([], request())
    assert (claims.jobs, claims.next_due) == ([], first.claimed_at + window)


async def test_a_limit_counts_jobs_of_all_priorities(store: Store, redis: Any, new_job: MakeJob) -> None:
    limit(redis, "queue:default", maxRunning=2)
    await store.submit([new_job(priority=priority) for priority in ("high", "low", "normal")])
    assert len(await claim(store)) == 2
    assert await claim(store, "w2") == []


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("type:calculation", "{"),
        ("type:calculation", "[1]"),
        ("type:calculation", '{"maxRunning":"2","maxStartsPerSecond":-1,"paused":"yes"}'),
        ("tenant:default", "{}"),
        ("nonsense", "{}"),
    ],
)
async def test_limits_that_make_no_sense_stop_nothing(
    store: Store, redis: Any, waiting: list[Job], field: str, text: str
) -> None:
    redis.hset(keys.LIMITS, field, text)
    assert len(await claim(store)) == len(waiting)


@pytest.mark.parametrize("key", [keys.LIMITS, keys.DEPTH, keys.STARTS + "type:calculation"])
async def test_keys_of_another_kind_beside_the_limits_stop_nothing(
    store: Store, redis: Any, waiting: list[Job], key: str
) -> None:
    limit(redis, "type:calculation", maxRunning=10, maxStartsPerSecond=10)
    redis.delete(key)
    redis.set(key, "not what it should be")
    assert len(await claim(store)) == len(waiting)
