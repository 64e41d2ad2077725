"""What the charts are drawn of: counted by the scripts, read back as they were."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shared import lifecycle
from shared.job import Job
from shared.store import Change, Store, counts, keys
from shared.store.counts import WINDOWS, Point, percentile
from tests.shared.store.claiming import ERROR, MakeJob, claim, lapse

HOUR, DAY = WINDOWS["hour"], WINDOWS["day"]
NOTHING = dict.fromkeys(counts.EVENTS, 0)


async def over_the_hour(store: Store, tenant: str = "default") -> tuple[dict[str, int], int, int]:
    """The events of all steps together, and how many waits and runs were timed: a minute may end amid a test."""
    points = await counts.read(store.link, tenant, HOUR)
    events = {event: sum(point.events[event] for point in points) for event in counts.EVENTS}
    waits, runs = (sum(sum(times.values()) for times in found) for found in zip(*map(_times, points), strict=True))
    return events, waits, runs


def _times(point: Point) -> tuple[dict[int, int], dict[int, int]]:
    return dict(point.wait), dict(point.run)


async def settle(store: Store, *held: Job) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in held])


async def test_each_thing_that_becomes_of_a_job_is_counted(store: Store, redis: Any, new_job: MakeJob) -> None:
    now = store.now()
    await store.submit([new_job(now=now) for _ in range(6)])
    completed, retried, failed, cancelled, handed_back, lost = await claim(store)
    await store.write(
        [
            Change(completed, lifecycle.complete(completed, Raw(b"1"), now)),
            Change(retried, lifecycle.fail(retried, ERROR, now, 60.0)),
            Change(failed, lifecycle.reject(failed, now, ERROR)),
            Change(handed_back, lifecycle.hand_back(handed_back, now)),
        ]
    )
    asked = lifecycle.cancel(cancelled, now)
    await store.write([Change(cancelled, asked)])
    await store.write([Change(asked, lifecycle.hand_back(asked, now))])
    await lapse(store, redis, lost)
    assert len(await claim(store, "w2")) == 2
    events = {"submitted": 6, "completed": 1, "failed": 1, "cancelled": 1, "retried": 1, "lost": 1}
    assert await over_the_hour(store) == (events, 7, 5)


async def test_a_call_that_is_repeated_counts_once(store: Store, submitted: Job) -> None:
    await store.submit([submitted])
    (held,) = await claim(store, nonce="the same")
    await claim(store, nonce="the same")
    done = Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))
    for _ in range(2):
        await store.write([done])
    assert await over_the_hour(store) == ({**NOTHING, "submitted": 1, "completed": 1}, 1, 1)


async def test_no_tenant_sees_what_becomes_of_anothers_jobs(store: Store, new_job: MakeJob) -> None:
    await store.submit([new_job(now=store.now(), tenant="acme"), new_job(now=store.now())])
    await settle(store, *await claim(store))
    await counts.sample(store.link)
    assert await over_the_hour(store, "umbrella") == (NOTHING, 0, 0)
    assert await over_the_hour(store, "acme") == ({**NOTHING, "submitted": 1, "completed": 1}, 1, 1)


async def test_a_wait_is_timed_since_the_job_was_due_and_a_run_since_its_claim(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job(now=store.now() - 100_500)])
    (held,) = await claim(store)
    written, then = (f'"claimedAt":{time}'.encode() for time in (held.claimed_at, held.claimed_at - 1_005))
    redis.set(keys.JOB + held.id, redis.get(keys.JOB + held.id).replace(written, then))
    await settle(store, held)
    found = [_times(point) for point in await counts.read(store.link, "default", DAY)]
    (waits,) = [wait for wait, _ in found if wait]
    (runs,) = [run for _, run in found if run]
    assert (waits, runs) == ({26: 1}, {16: 1})  # buckets 25 and 15 end with 100 s and 1 s


async def test_the_wait_for_other_jobs_is_no_wait_for_a_worker(store: Store, new_job: MakeJob) -> None:
    due = store.now() - 5  # by the store, too, whose time is only estimated here
    parent = new_job(now=due, own_children=1)
    await store.submit([new_job(now=due, parent_id=parent.id), parent])
    (child,) = await claim(store)
    await settle(store, child)
    assert [job.id for job in await claim(store)] == [parent.id]
    _, waits, _ = await over_the_hour(store)
    assert waits == 1


async def test_a_day_is_counted_in_quarters_of_an_hour_and_all_counts_go(
    store: Store, redis: Any, submitted: Job
) -> None:
    points = await counts.read(store.link, "default", DAY)
    assert len(points) == 96
    assert {later.at - earlier.at for earlier, later in pairwise(points)} == {900_000}
    assert sum(point.events["submitted"] for point in points) == 1
    await counts.sample(store.link)
    kept = redis.keys("dmps:default:counts:*") + redis.keys("dmps:samples:*")
    assert len(kept) >= 4
    for key in kept:
        assert 0 < redis.ttl(key) <= max(keys.COUNTED.values())


async def test_depth_and_oldest_wait_are_sampled_by_tenant(store: Store, redis: Any, new_job: MakeJob) -> None:
    now = store.now()
    due = [new_job(now=now - age, tenant=tenant) for tenant, age in (("acme", 9_000), ("acme", 5_000), ("umbrella", 1))]
    await store.submit([*due, new_job(now=now, tenant="idle", run_at=now + 60_000)])
    assert await counts.sample(store.link) == 3
    for tenant, depth in (("acme", 2), ("umbrella", 1), ("idle", 0), ("nobody", 0)):
        (point,) = [p for p in await counts.read(store.link, tenant, DAY) if p.depth is not None]
        assert point.depth == depth
        assert (point.oldest_wait is None) == (depth == 0)
        if tenant == "acme":
            assert point.oldest_wait == pytest.approx(9.0, abs=1.0)


async def test_where_nobody_has_looked_the_depth_is_not_known(store: Store, submitted: Job) -> None:
    points = await counts.read(store.link, "default", HOUR)
    assert {point.depth for point in points} == {None}


async def test_counts_of_another_kind_of_key_cost_no_job(store: Store, redis: Any, new_job: MakeJob) -> None:
    for step in keys.COUNTED:
        for ahead in (0, 1):
            redis.set(keys.counts("default", step, store.now() // 1000 // step + ahead), "no hash")
    await store.submit([new_job(now=store.now())])
    (held,) = await claim(store)
    done = lifecycle.complete(held, Raw(b"1"), store.now())
    assert await store.write([Change(held, done)]) == [done]
    assert await over_the_hour(store) == (NOTHING, 0, 0)


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=50), st.sampled_from(counts.PERCENTILES))
def test_a_percentile_is_right_to_within_a_bucket(times: list[int], percent: int) -> None:
    histogram: dict[int, int] = {}
    for time in times:
        bucket = next(n for n in range(60) if time < 10 ** (n / keys.TIMES_A_DECADE))
        histogram[bucket] = histogram.get(bucket, 0) + 1
    rank = -(-len(times) * percent // 100)  # rounded up
    exact = sorted(times)[rank - 1] / 1000
    found = percentile(histogram, percent)
    assert found is not None
    assert exact / 10 ** (1 / 5) * 0.999 <= found <= exact * 10 ** (1 / 5) * 1.001


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 50) is None
