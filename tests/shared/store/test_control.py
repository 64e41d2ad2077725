"""Limits that change at run time, orders to workers, and how queues stand, against the real store."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import Job, Priority, Status
from shared.store import Change, Limits, QueueInfo, Store, WorkerInfo, control, keys
from shared.store.views import Rates
from tests.shared.store.claiming import MakeJob, claim, lapse

DEFAULT, CALCULATION = control.of_queue("default"), control.of_type("calculation")
BUCKET = control.FLOW_BUCKET


def hear(store: Store, redis: Any, worker: str = "w1", **facts: Any) -> WorkerInfo:
    """A worker says that it lives."""
    defaults = {"host": "host", "pid": 1, "types": ("calculation",), "slots": 10, "running": 0, "started_at": 0}
    info = WorkerInfo(id=worker, **{**defaults, **facts})
    redis.zadd(keys.WORKERS, {worker: store.now()})
    redis.set(keys.WORKER + worker, msgspec.json.encode(info))
    return info


async def finish(store: Store, *jobs: Job) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in jobs])


async def queue(store: Store, name: str = "default") -> QueueInfo:
    return {found.name: found for found in await store.queues()}[name]


async def test_limits_are_merged_and_what_is_null_or_false_goes(store: Store, redis: Any) -> None:
    assert await store.limits() == {}
    assert await store.set_limits(DEFAULT, {"paused": True, "maxRunning": 3}) == Limits(paused=True, max_running=3)
    merged = await store.set_limits(DEFAULT, {"paused": False, "maxStartsPerSecond": 0.5})
    assert merged == Limits(max_running=3, max_starts_per_second=0.5)
    assert await store.limits() == {DEFAULT: merged}
    assert json.loads(redis.hget(keys.LIMITS, DEFAULT)) == {"maxRunning": 3, "maxStartsPerSecond": 0.5}
    assert await store.set_limits(DEFAULT, {"maxRunning": None, "maxStartsPerSecond": None}) == Limits()
    assert redis.exists(keys.LIMITS) == 0


async def test_changes_made_at_once_are_all_kept(store: Store) -> None:
    changes: list[dict[str, Any]] = [{"paused": True}, {"maxRunning": 1_000_000}, {"maxStartsPerSecond": 100_000}]
    await asyncio.gather(*(store.set_limits(CALCULATION, change) for change in changes))
    assert await store.limits() == {CALCULATION: Limits(True, 1_000_000, 100_000)}  # noqa: FBT003 - as it is declared


@pytest.mark.parametrize("nonsense", ["{", "[1]", '"text"', '{"maxRunning": "many"}'])
async def test_limits_that_cannot_be_read_are_none_and_can_be_set(store: Store, redis: Any, nonsense: str) -> None:
    redis.hset(keys.LIMITS, DEFAULT, nonsense)
    assert (await store.limits())[DEFAULT] == Limits()
    assert await store.set_limits(DEFAULT, {"maxRunning": 2}) == Limits(max_running=2)


async def test_a_change_wakes_each_idle_worker_of_the_queues_concerned(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    for worker in ("w1", "w2"):
        hear(store, redis, worker)
    await store.submit([new_job(queue="images"), new_job(queue="mail", run_at=store.now() + 60_000)])
    redis.delete(keys.BELL + "images")
    await store.set_limits(DEFAULT, {"paused": False})
    assert redis.llen(keys.BELL + "default") == 2
    assert redis.exists(keys.BELL + "images", keys.BELL + "mail") == 0
    await store.set_limits(CALCULATION, {"maxRunning": 5})
    assert [redis.llen(keys.BELL + name) for name in ("default", "images", "mail")] == [2, 2, 2]


async def test_pauses_and_orders_are_written_while_the_memory_is_full(store: Store, redis: Any, submitted: Job) -> None:
    redis.config_set("maxmemory", 1)
    try:
        assert (await store.set_limits(DEFAULT, {"paused": True})).paused
        await store.send("w1", {"drain": True})
        assert (await store.outlook(submitted)).before == 0
    finally:
        redis.config_set("maxmemory", 0)


async def test_orders_wait_for_their_worker_the_oldest_first_for_a_minute(store: Store, redis: Any) -> None:
    redis.set(keys.ORDERS + "w1", "nonsense")
    await store.send("w1", {"cancel": "an id", "fence": 2})
    await store.send("w1", {"drain": True})
    assert 0 < redis.ttl(keys.ORDERS + "w1") <= 60
    orders = [json.loads(redis.rpop(keys.ORDERS + "w1")) for _ in range(2)]
    assert orders == [{"cancel": "an id", "fence": 2}, {"drain": True}]


async def test_queues_are_those_with_jobs_or_limits_or_workers_and_the_default_one(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    assert [found.name for found in await store.queues()] == ["default"]
    await store.submit([new_job(queue="images")])
    await store.set_limits(control.of_queue("mail"), {"maxRunning": 1})
    hear(store, redis, queues={"slow": 1, "default": 2})
    hear(store, redis, "w2", queues={"old": 1, "default": 2}, draining=True)
    redis.hset(keys.DEPTH, mapping={"nonsense": 1, "queue:gone:completed": 0, "queue:x:y": 1})
    redis.sadd(keys.ASIDE, "nonsense", "dmps:parked:nowhere|x")
    found = {info.name: info for info in await store.queues("asked")}
    assert list(found) == ["asked", "default", "images", "mail", "slow"]
    assert [info.workers for info in found.values()] == [0, 1, 0, 0, 1]
    assert found["mail"].limits == Limits(max_running=1)


async def test_a_queue_tells_its_depth_and_how_fast_it_goes(store: Store, redis: Any, new_job: MakeJob) -> None:
    hear(store, redis)
    await store.submit([*(new_job() for _ in range(10)), new_job(run_at=store.now() + 60_000)])
    held = await claim(store, slots=6)
    await finish(store, *held[:5])
    found = await queue(store)
    assert found.depth == {Status.COMPLETED: 5, Status.PROCESSING: 1, Status.PENDING: 4, Status.SCHEDULED: 1}
    assert (found.waiting, found.rates.out > 0) == (4, True)
    assert found.rates.into == pytest.approx(found.rates.out * 11 / 5)
    assert found.estimated_wait == pytest.approx(4 / found.rates.out)


async def test_the_oldest_wait_is_that_of_a_job_that_is_due_and_does_not_run(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    first, second, third = (new_job(now=store.now() - age, priority=Priority.LOW) for age in (3000, 2000, 1000))
    await store.submit([first, second, third, new_job(run_at=store.now() + 60_000)])
    await claim(store, slots=1)
    assert (await queue(store)).oldest_due == second.run_at
    assert await claim(store, loop=("other",)) == []
    assert redis.zcard(keys.parked("arq:queue!low", "calculation")) == 2
    assert (await queue(store)).oldest_due == second.run_at


async def test_a_job_that_waits_for_another_worker_since_its_own_was_lost_counts_as_running(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    await lapse(store, redis, held)
    assert await claim(store, "w2", loop=("other",)) == []
    found = await queue(store)
    assert (found.waiting, found.oldest_due, found.depth) == (0, None, {Status.PROCESSING: 1})


async def test_what_waits_for_a_type_that_nobody_may_take_keeps_nobody_waiting(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job()])
    assert await claim(store, loop=("other",)) == []
    assert (await queue(store)).waiting == 0
    hear(store, redis)
    assert (await queue(store)).waiting == 1
    await store.set_limits(CALCULATION, {"paused": True})
    held_up = await queue(store)
    assert (held_up.waiting, held_up.estimated_wait) == (0, None)


@pytest.mark.parametrize(
    ("flows", "into", "out"),
    [
        ([(0, 0)] * 60, 0.0, 0.0),
        ([(60, 120), *[(0, 0)] * 58, (0, 2)], 60 / 59.6, 122 / 59.6),  # a minute, less what the newest bucket lacks
        ([(10, 5), *[(0, 0)] * 59], 10.0, 5.0),  # no burst is shorter than a bucket
        ([(0, 0), (13, 26), *[(0, 0)] * 58], 13 / 1.6, 26 / 1.6),
    ],
)
def test_rates_count_from_the_first_move_of_the_last_minute(
    flows: list[tuple[int, int]], into: float, out: float
) -> None:
    found = control.rates(flows, now=400_000 * BUCKET + 600)
    assert [found.into, found.out] == pytest.approx([into, out])


def test_where_no_job_has_left_nobody_knows_how_long_it_takes() -> None:
    assert Rates(1.0, 0.0).wait(3) is None
    assert Rates(1.0, 2.0).wait(3) == 1.5
