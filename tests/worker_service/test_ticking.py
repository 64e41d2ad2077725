"""Schedules at work, on a real store: what becomes of what is due, whatever goes wrong beside it."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.ids import Ids
from shared.job import DEFAULT_TENANT, Job, Status
from shared.schedules import CatchUp, Entry, Overlap, Schedule, Step, Taken
from shared.store import Change, JobFilter, Store, keys, stopping
from shared.store.schedules import find, history, save
from tests.shared.schedule_examples import schedule
from worker_service.ticking import take_ticks

IDS = Ids(lambda bits: 1 << (bits - 1))
HOUR = 3_600_000
A_TICK = 993  # ms; after a second, a tick would be the very one that was taken before, and have its job already


async def due(store: Store, ago: int = 500, **facts: Any) -> Schedule:
    """A schedule whose first tick came so long ago (ms)."""
    every = round(1000 * facts.get("every", 1.0))
    made = schedule(store.now() - ago - every, id=IDS.next(store.now()), **facts)
    assert await save(store.link, Step(made))
    return made


async def jobs(store: Store) -> list[Job]:
    """The oldest first."""
    return [view.job for view in (await store.page(DEFAULT_TENANT, JobFilter())).jobs][::-1]


async def told(store: Store, made: Schedule) -> list[Entry]:
    """The oldest first."""
    return (await history(store.link, made.id))[::-1]


async def come_again(store: Store, redis: Any, made: Schedule, later: int) -> None:
    """So much time (ms) passes for a schedule."""
    stored = await find(store.link, DEFAULT_TENANT, made.id)
    assert stored is not None
    ago = {"created_at": stored.created_at - later, "waiting": tuple(tick - later for tick in stored.waiting)}
    next_run_at = None if stored.next_run_at is None else stored.next_run_at - later
    assert await save(store.link, Step(replace(stored, rev=stored.rev + 1, next_run_at=next_run_at, **ago)))
    redis.zadd(keys.SCHEDULES, {made.id: store.now() - 5})


async def running(store: Store, job: Job) -> Job:
    """A worker has it."""
    (claimed,) = await store.write([Change(job, lifecycle.claim(job, "worker-1", store.now()))])
    assert claimed is not None
    return claimed


async def completed(store: Store, job: Job) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now()))])


async def test_what_is_due_becomes_a_job_once(store: Store) -> None:
    made = await due(store)
    assert await take_ticks(store) == 1
    assert await take_ticks(store) == 0
    (job,) = await jobs(store)
    assert (job.schedule_id, job.status) == (made.id, Status.PENDING)


async def test_hundreds_are_taken_at_one_go(store: Store) -> None:
    for _ in range(230):
        await due(store)
    assert await take_ticks(store) == 230
    assert len({job.schedule_id for job in await jobs(store)} | {None}) > 1


async def test_what_is_not_due_or_paused_is_left_alone(store: Store) -> None:
    await due(store, ago=-60_000)
    await due(store, paused=True)
    assert await take_ticks(store) == 0


async def test_a_schedule_that_is_out_of_order_tells_why_and_stops_no_other(store: Store, redis: Any) -> None:
    broken = await due(store, ago=700, cron="* * * * * *")
    record = redis.get(keys.SCHEDULE + broken.id)
    redis.set(keys.SCHEDULE + broken.id, record.replace(b"* * * * * *", b"* * * * * x"))
    made = await due(store)
    assert await take_ticks(store) == 1
    assert [job.schedule_id for job in await jobs(store)] == [made.id]
    (entry,) = await told(store, broken)
    assert (entry.outcome, entry.error) == (Taken.FAILED, "Bad day-of-week.")
    assert 50_000 < (redis.zscore(keys.SCHEDULES, broken.id) or 0) - store.now() <= 60_000


async def test_a_zone_that_is_no_more_is_told_of(store: Store, redis: Any) -> None:
    made = await due(store, cron="* * * * * *")
    record = redis.get(keys.SCHEDULE + made.id)
    redis.set(
        keys.SCHEDULE + made.id, record.replace(b'"every"', b'"x"').replace(b'"cron":', b'"timeZone":"A/B","cron":')
    )
    assert await take_ticks(store) == 0
    assert [entry.outcome for entry in await told(store, made)] == [Taken.FAILED]


async def test_a_job_of_a_type_that_this_worker_does_not_know_waits_for_one_that_does(store: Store) -> None:
    made = schedule()
    await due(store, job=replace(made.job, type="of-another-worker"))
    assert await take_ticks(store) == 1
    assert [job.type for job in await jobs(store)] == ["of-another-worker"]


async def test_after_all_workers_were_away_what_was_missed_is_caught_up(store: Store) -> None:
    hourly = {"every": 3600.0, "overlap": Overlap.ALLOW}
    kinds = {kind: await due(store, 5 * HOUR + 60_000, catch_up=kind, **hourly) for kind in CatchUp}
    await take_ticks(store)
    found = [job.schedule_id for job in await jobs(store)]
    assert {kind: found.count(made.id) for kind, made in kinds.items()} == {"none": 0, "one": 1, "all": 6}


async def test_a_tick_is_skipped_while_the_last_job_has_not_ended(store: Store, redis: Any) -> None:
    made = await due(store)
    await take_ticks(store)
    (job,) = await jobs(store)
    claimed = await running(store, job)
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 0
    await completed(store, claimed)
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 1
    assert [entry.outcome for entry in await told(store, made)] == ["submitted", "skipped", "submitted"]


async def test_a_tick_waits_until_the_last_job_has_ended(store: Store, redis: Any) -> None:
    made = await due(store, overlap=Overlap.QUEUE)
    await take_ticks(store)
    (job,) = await jobs(store)
    await come_again(store, redis, made, 2 * A_TICK)
    assert await take_ticks(store) == 0
    stored = await find(store.link, DEFAULT_TENANT, made.id)
    assert stored is not None
    assert len(stored.waiting) == 2
    await completed(store, await running(store, job))
    await come_again(store, redis, made, 10)
    assert await take_ticks(store) == 1
    assert await take_ticks(store) == 0
    assert len(await jobs(store)) == 2


async def test_the_old_job_is_cancelled_and_its_worker_told(store: Store, redis: Any) -> None:
    made = await due(store, overlap=Overlap.CANCEL_OLD)
    await take_ticks(store)
    (job,) = await jobs(store)
    claimed = await running(store, job)
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 1
    old, new = await jobs(store)
    assert (old.status, old.cancel_requested_at is None, new.status) == (Status.PROCESSING, False, Status.PENDING)
    assert redis.lrange(keys.ORDERS + "worker-1", 0, -1) == [
        b'{"cancel":"%s","fence":%d}' % (job.id.encode(), claimed.fence)
    ]
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 1
    _, new, _ = await jobs(store)
    assert new.status is Status.CANCELLED


async def test_a_job_that_ended_or_went_meanwhile_is_no_hindrance(store: Store, redis: Any) -> None:
    made = await due(store, overlap=Overlap.CANCEL_OLD)
    await take_ticks(store)
    (job,) = await jobs(store)
    await stopping.cancel(store, DEFAULT_TENANT, job.id)
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 1
    redis.delete(keys.JOB + (await jobs(store))[-1].id)
    await come_again(store, redis, made, A_TICK)
    assert await take_ticks(store) == 1


async def test_after_the_end_nothing_comes_up_any_more(store: Store, redis: Any) -> None:
    made = await due(store, end_at=store.now())
    assert await take_ticks(store) == 1
    assert redis.zcard(keys.SCHEDULES) == 0
    stored = await find(store.link, DEFAULT_TENANT, made.id)
    assert stored is not None
    assert stored.next_run_at is None


@pytest.mark.parametrize("tenant", ["acme", "umbrella"])
async def test_a_job_is_of_the_tenant_of_its_schedule(store: Store, tenant: str) -> None:
    made = schedule()
    await due(store, tenant=tenant, job=replace(made.job, tenant=tenant))
    await take_ticks(store)
    assert len((await store.page(tenant, JobFilter())).jobs) == 1
    assert await jobs(store) == []
