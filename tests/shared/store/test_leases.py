"""Leases when the store was away or its clock was set, and what waits meanwhile."""

from typing import Any

import pytest

from shared import lifecycle
from shared.job import Job, Status
from shared.store import Change, Store, keys
from tests.shared.store.claiming import ERROR, LEASE, MakeJob, claim, lapse, renew
from tests.waiting import until

STEP = 300_000  # ms by which the store's clock is set back
RESPITE = 4_000  # ms that workers have to renew after none was heard


async def stand_still(store: Store, redis: Any, *held: Job) -> None:
    """The store has not moved for longer than a lease, so nobody could renew."""
    for job in held:
        await lapse(store, redis, job)
    redis.delete(keys.WORKERS)
    redis.zadd(keys.WORKERS, {"w1": store.now() - LEASE, "w2": store.now() - LEASE})


async def test_a_lease_that_was_not_renewed_while_others_were_is_taken(
    store: Store, redis: Any, submitted: Job
) -> None:
    await claim(store)
    await lapse(store, redis, submitted)
    assert [job.id for job in await claim(store, "w2")] == [submitted.id]


async def test_leases_that_lapsed_while_the_store_stood_still_are_left_to_their_workers(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    await stand_still(store, redis, held)
    assert await claim(store, "w2") == []
    renew(redis, "w2")  # it is heard before the job's own worker is
    assert await claim(store, "w2") == []
    assert renew(redis, "w1", held) == []
    assert redis.zscore(keys.LEASES, held.id) >= store.now() + LEASE - 1_000


async def test_the_first_worker_that_is_heard_again_gives_the_others_time(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    await stand_still(store, redis, held)
    renew(redis, "w2")
    assert await claim(store, "w2") == []


async def test_a_lease_that_is_not_renewed_after_an_outage_either_lapses_soon(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    await stand_still(store, redis, held)
    renew(redis, "w2")
    assert store.now() < redis.zscore(keys.LEASES, held.id) <= store.now() + RESPITE + 1_000
    await lapse(store, redis, held)
    assert [job.id for job in await claim(store, "w2")] == [submitted.id]


async def test_a_lease_from_before_the_clock_was_set_back_ends_a_lease_from_now(
    store: Store, redis: Any, submitted: Job
) -> None:
    await claim(store)
    redis.zincrby(keys.LEASES, STEP, submitted.id)
    renew(redis, "w2")
    assert store.now() < redis.zscore(keys.LEASES, submitted.id) <= store.now() + LEASE + 1_000


async def test_a_job_that_may_run_now_does_not_wait_for_a_clock_that_was_set_back(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    before = store.now() + STEP
    queued, parked = new_job(now=before), new_job(now=before, type="strange", tenant="acme")
    scheduled = new_job(now=store.now(), run_at=before)
    await store.submit([queued, parked, scheduled])
    redis.zrem("arq:queue", parked.id)
    redis.zadd(keys.parked("arq:queue", "strange"), {parked.id: before})
    claimed = await claim(store, loop=("calculation", "strange"))
    assert {job.id for job in claimed} == {queued.id, parked.id}
    assert redis.zcard(keys.parked("arq:queue", "strange")) == 0
    assert redis.zscore("arq:queue", scheduled.id) == scheduled.run_at
    assert redis.zscore("arq:queue", queued.id) == redis.zscore(keys.LEASES, queued.id)


@pytest.mark.parametrize("slots", [1, 3])
async def test_what_does_not_wait_for_the_clock_takes_no_more_than_the_free_slots_and_children(
    store: Store, new_job: MakeJob, slots: int
) -> None:
    before = store.now() + STEP
    await store.submit([new_job(now=before + n, type=type) for n in range(3) for type in ("calculation", "heavy")])
    claimed = await claim(store, slots=slots, children=1, child=("heavy",))
    assert len(claimed) == slots
    assert sum(job.type == "heavy" for job in claimed) <= 1
    assert await claim(store, slots=10, children=0, loop=(), child=("heavy",)) == []


async def test_a_job_that_was_retried_by_a_clock_that_runs_ahead_is_run_at_once(store: Store, submitted: Job) -> None:
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.reject(held, store.now(), ERROR))])
    again = await store.change("default", submitted.id, lambda job: lifecycle.retry(job, store.now() + STEP))
    assert again.status is Status.PENDING
    assert [job.id for job in await claim(store)] == [submitted.id]


async def a_failure(store: Store, job: Job, delay: float, *, at: int) -> None:
    """An attempt of the job ends with a failure at a time; another is to follow after so many seconds."""
    (held,) = await claim(store)
    (written,) = await store.write([Change(held, lifecycle.fail(held, ERROR, at, delay))])
    assert written is not None
    assert written.status is Status.RETRYING


async def test_a_retry_waits_for_its_backoff_and_not_for_a_clock_that_was_set_back(
    store: Store, redis: Any, submitted: Job
) -> None:
    old = store.now() + STEP
    await a_failure(store, submitted, 0.2, at=old)
    assert await claim(store) == []
    redis.set(keys.CLOCK, f"{old} 0 0")
    again = await until(lambda: claim(store), "the job is tried again")
    assert ([job.id for job in again], again[0].fence) == ([submitted.id], 2)
    assert store.now() >= old + 200 - STEP
    assert redis.zscore("arq:queue", submitted.id) == redis.zscore(keys.LEASES, submitted.id)


async def test_a_retry_that_was_not_put_off_by_the_clock_waits_for_its_time(
    store: Store, redis: Any, submitted: Job
) -> None:
    await a_failure(store, submitted, 60, at=store.now())
    redis.set(keys.CLOCK, f"{store.now() + STEP} 0 0")
    assert await claim(store) == []


async def test_a_clock_that_was_set_back_is_forgotten_when_the_old_time_has_come(store: Store, redis: Any) -> None:
    redis.set(keys.CLOCK, f"{store.now() + 1_500} 0 0")
    await claim(store)
    _, past, by = map(int, redis.get(keys.CLOCK).split())
    assert past > store.now()
    assert 1_000 < by <= 1_600
    redis.set(keys.CLOCK, f"{store.now() - 600} {store.now() - 1} {by}")
    await claim(store)
    assert redis.get(keys.CLOCK).split()[1:] == [b"0", b"0"]


async def test_a_clock_that_somebody_has_spoilt_stops_nobody(store: Store, redis: Any, submitted: Job) -> None:
    redis.set(keys.CLOCK, "nonsense")
    assert [job.id for job in await claim(store)] == [submitted.id]
