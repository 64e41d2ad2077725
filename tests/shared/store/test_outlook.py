"""What stands before a job that waits, against the real store. It is counted in the order in which jobs are claimed."""

from typing import Any

import pytest
from msgspec.structs import replace

from shared.job import Job, Priority
from shared.lifecycle import SUSPECT_LOSSES
from shared.store import Store, control, keys
from tests.shared.store.claiming import MakeJob, claim
from tests.shared.store.test_control import hear

CALCULATION = control.of_type("calculation")


async def before(store: Store, *jobs: Job) -> list[int | None]:
    return [(await store.outlook(job)).before for job in jobs]


async def test_jobs_are_taken_in_the_order_of_their_positions(store: Store, new_job: MakeJob) -> None:
    jobs = [new_job(priority=priority) for priority in (*Priority, *Priority) for _ in range(2)]
    await store.submit(jobs[::-1])
    positions = {job.id: await before(store, job) for job in jobs}
    assert sorted(positions.values()) == [[place] for place in range(len(jobs))]
    taken = await claim(store, slots=len(jobs))
    assert [positions[job.id] for job in taken] == sorted(positions.values())


async def test_running_jobs_and_other_queues_stand_before_nobody(store: Store, new_job: MakeJob) -> None:
    first, second = new_job(), new_job()
    await store.submit([first, second, *(new_job(queue="images") for _ in range(3))])
    (held,) = await claim(store, slots=1)
    assert held.id == first.id
    assert await before(store, held, second) == [None, 0]


async def test_jobs_that_are_not_due_stand_before_nobody_and_behind_all_that_are(
    store: Store, new_job: MakeJob
) -> None:
    now = store.now()
    due, soon, later = new_job(), new_job(run_at=now + 60_000), new_job(run_at=now + 120_000)
    await store.submit([later, soon, due])
    assert await before(store, due, soon, later) == [0, 1, 1]


async def test_what_waits_aside_goes_first_if_somebody_may_take_it(store: Store, redis: Any, new_job: MakeJob) -> None:
    now = store.now()
    aside = [new_job(now=now - age, type=type) for age, type in ((300, "b"), (200, "a"), (100, "b"))]
    await store.submit(aside)
    assert await claim(store, loop=("other",)) == []
    newer = new_job(now=now - 1000, type="a")
    await store.submit([newer])
    hear(store, redis, types=("a",))
    assert await before(store, *aside, newer) == [0, 0, 2, 1]  # a job that nobody may take still has its place
    hear(store, redis, types=("a", "b"))
    assert await before(store, *aside, newer) == [0, 1, 2, 3]
    await store.set_limits(control.of_type("b"), {"paused": True})
    assert await before(store, aside[1], newer) == [0, 1]


async def test_suspects_that_wait_aside_have_their_places_too(store: Store, redis: Any, new_job: MakeJob) -> None:
    now = store.now()
    first, second = (replace(new_job(now=now - age), losses=SUSPECT_LOSSES) for age in (2, 1))
    await store.submit([first, second])
    assert await claim(store, suspects=0) == []
    assert redis.zcard(keys.suspects("arq:queue", "calculation")) == 2
    hear(store, redis)
    assert await before(store, first, second) == [0, 1]


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"queues": {"default-2": 1}}, False),
        ({"types": ("calculation-2",)}, False),
        ({"types": ()}, False),
        ({"draining": True}, False),
    ],
)
async def test_a_job_may_begin_if_a_worker_serves_its_queue_and_type(
    store: Store, redis: Any, submitted: Job, facts: dict[str, Any], may: bool
) -> None:
    assert not (await store.outlook(submitted)).may_begin
    hear(store, redis, **facts)
    assert (await store.outlook(submitted)).may_begin is may


@pytest.mark.parametrize("subject", [CALCULATION, control.of_queue("default")])
async def test_what_is_paused_may_not_begin(store: Store, redis: Any, submitted: Job, subject: str) -> None:
    hear(store, redis)
    await store.set_limits(subject, {"paused": True, "maxRunning": 3})
    assert not (await store.outlook(submitted)).may_begin
    await store.set_limits(subject, {"paused": False})
    assert (await store.outlook(submitted)).may_begin


async def test_a_worker_that_was_not_heard_lately_serves_nothing(store: Store, redis: Any, submitted: Job) -> None:
    hear(store, redis)
    redis.zadd(keys.WORKERS, {"w1": store.now() - 11_000})
    assert not (await store.outlook(submitted)).may_begin


async def test_a_job_that_is_gone_has_no_outlook(store: Store, redis: Any, submitted: Job) -> None:
    redis.delete(keys.JOB + submitted.id)
    outlook = await store.outlook(submitted)
    assert (outlook.before, outlook.may_begin) == (None, False)


async def test_keys_of_another_kind_count_nothing(store: Store, redis: Any, submitted: Job) -> None:
    flow = f"{keys.FLOW}{store.now() // control.FLOW_BUCKET}"
    aside = keys.parked("arq:queue", "calculation")
    redis.sadd(keys.ASIDE, aside, "nonsense", "dmps:parked:nowhere|x")
    hear(store, redis)
    redis.delete(flow)
    for key in (flow, aside, "arq:queue!high", keys.WORKER + "w2", keys.LIMITS):
        redis.set(key, "nonsense")
    redis.zadd(keys.WORKERS, {"w2": store.now()})
    outlook = await store.outlook(submitted)
    assert (outlook.before, outlook.may_begin) == (0, True)
