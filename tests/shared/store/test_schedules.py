"""Schedules in the store: what is due is given out once, and written once."""

from dataclasses import replace as with_
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle, schedules
from shared.errors import StoreUnavailable
from shared.ids import Ids
from shared.job import Job
from shared.schedules import Overlap, Schedule, Step, Taken
from shared.store import Change, JobFilter, Store, keys
from shared.store.schedules import find, history, page, remove, save, take
from tests.shared.schedule_examples import schedule, template


async def due(store: Store, ago: int = 500, **facts: Any) -> Schedule:
    """A schedule each second, whose first tick came so long ago (ms)."""
    made = schedule(store.now() - ago - 1_000, **facts)
    assert await save(store.link, Step(made))
    return made


async def jobs(store: Store) -> list[Job]:
    return [view.job for view in (await store.page("default", JobFilter())).jobs]


async def test_a_schedule_is_found_by_its_own_tenant_alone(store: Store) -> None:
    made = await due(store)
    assert await find(store.link, "default", made.id) == made
    assert await find(store.link, "other", made.id) is None
    assert (await page(store.link, "default", 10), await page(store.link, "other", 10)) == (([made], None), ([], None))


async def test_a_tick_its_job_and_its_history_are_written_in_one_step(store: Store) -> None:
    made = await due(store)
    step = schedules.take(made, store.now(), is_busy=False)
    assert await save(store.link, step)
    (job,) = await jobs(store)
    assert (job.id, job.schedule_id) == (step.schedule.last_job_id, made.id)
    assert [(entry.outcome, entry.job_id) for entry in await history(store.link, made.id)] == [
        (Taken.SUBMITTED, job.id)
    ]
    assert await find(store.link, "default", made.id) == step.schedule


async def test_nothing_is_written_if_somebody_else_came_first(store: Store) -> None:
    made = await due(store)
    mine = schedules.take(made, store.now(), is_busy=False)
    assert await save(store.link, Step(schedules.paused(made, store.now(), is_paused=True)))
    assert not await save(store.link, mine)
    assert await jobs(store) == []
    assert await history(store.link, made.id) == []


async def test_a_repeated_call_changes_nothing_and_answers_the_same(store: Store, redis: Any) -> None:
    made = await due(store)
    step = schedules.take(made, store.now(), is_busy=False)
    assert await save(store.link, step)
    before = redis.xlen(keys.EVENTS)
    assert await save(store.link, step)
    assert len(await jobs(store)) == len(await history(store.link, made.id)) == 1
    assert redis.xlen(keys.EVENTS) == before


async def test_a_tick_is_not_taken_twice_though_its_job_is_gone(store: Store, redis: Any) -> None:
    made = await due(store)
    late = schedules.take(made, store.now(), is_busy=False)
    assert await save(store.link, late)
    (job,) = await jobs(store)
    redis.delete(keys.JOB + job.id)
    assert not await save(store.link, with_(late, schedule=replace(late.schedule, name="as another one would")))
    assert not redis.exists(keys.JOB + job.id)


async def test_what_is_due_is_given_to_one_worker_at_a_time(store: Store) -> None:
    made = await due(store)
    up, more = await take(store.link)
    assert ([each.schedule for each in up], more) == ([made], True)
    assert await take(store.link) == ([], False)


async def test_what_a_lost_worker_had_taken_comes_up_again(store: Store, redis: Any) -> None:
    made = await due(store)
    await take(store.link)
    redis.zadd(keys.SCHEDULES, {made.id: store.now() - 5})  # so much later
    up, _ = await take(store.link)
    assert [each.schedule for each in up] == [made]


async def test_a_schedule_is_busy_until_its_last_job_has_ended(store: Store, redis: Any) -> None:
    made = await due(store, overlap=Overlap.SKIP)
    step = schedules.take(made, store.now(), is_busy=False)
    await save(store.link, step, look_again=store.now() - 5)
    (up,), _ = await take(store.link)
    assert up.is_busy
    (job,) = await jobs(store)
    await store.write([Change(job, lifecycle.cancel(job, store.now()))])
    redis.zadd(keys.SCHEDULES, {made.id: store.now() - 5})
    (up,), _ = await take(store.link)
    assert not up.is_busy


async def test_a_paused_schedule_does_not_come_up(store: Store) -> None:
    made = await due(store)
    await save(store.link, Step(schedules.paused(made, store.now(), is_paused=True)))
    assert await take(store.link) == ([], False)


async def test_nothing_of_a_removed_schedule_remains(store: Store, redis: Any) -> None:
    made = await due(store)
    step = schedules.take(made, store.now(), is_busy=False)
    await save(store.link, step)
    assert not await remove(store.link, made)
    assert await remove(store.link, step.schedule)
    assert [key for key in redis.scan_iter() if b"schedule" in key or b"ticks" in key] == []
    assert len(await jobs(store)) == 1


async def test_what_somebody_else_has_put_there_stops_no_schedule(store: Store, redis: Any) -> None:
    made = await due(store)
    redis.lpush(keys.SCHEDULE + "a", "x")
    redis.set(keys.SCHEDULE + "b", "nonsense")
    redis.zadd(keys.SCHEDULES, {"a": 1, "b": 2, "c": 3})
    up, _ = await take(store.link)
    assert [each.schedule for each in up] == [made]
    assert redis.zrange(keys.SCHEDULES, 0, -1) == [made.id.encode()]


async def test_a_list_has_pages_the_newest_first(store: Store) -> None:
    ids = Ids(lambda _: 7)
    made = [schedule(store.now(), id=ids.next(store.now())) for _ in range(5)]
    for each in made:
        await save(store.link, Step(each))
    first, next = await page(store.link, "default", 3)
    assert next is not None
    second, end = await page(store.link, "default", 3, next)
    assert ([each.id for each in (*first, *second)], end) == ([each.id for each in reversed(made)], None)


async def test_while_the_memory_is_full_a_tick_stays_due(store: Store, redis: Any) -> None:
    made = await due(store)
    step = schedules.take(made, store.now(), is_busy=False)
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable):
            await save(store.link, step)
    finally:
        redis.config_set("maxmemory", 0)
    assert await find(store.link, "default", made.id) == made
    assert await jobs(store) == []
    assert await save(store.link, step)


async def test_heavy_schedules_are_given_out_a_few_at_a_time(store: Store) -> None:
    heavy = template(payload=Raw(b'{"text":"%s"}' % (b"x" * 1_000_000)))
    ids = Ids(lambda _: 7)
    for _ in range(7):
        await due(store, id=ids.next(store.now()), job=heavy)
    assert [len((await take(store.link))[0]) for _ in range(3)] == [5, 2, 0]
