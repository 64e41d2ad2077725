"""Amending jobs that wait, wherever they do, and jobs that run, against the real store."""

from functools import partial
from typing import Any

import pytest

from shared import lifecycle
from shared.errors import IllegalTransition
from shared.job import Job, Priority, Status
from shared.lifecycle import Amendment
from shared.store import Change, JobFilter, Store, events, keys
from shared.store.amending import amend
from tests.shared.store.claiming import ERROR, MakeJob, claim

LATER = 60_000  # ms


async def change(store: Store, job: Job, amendment: Amendment) -> Job:
    verb = partial(lifecycle.amend, now=store.now(), amendment=amendment)
    return await store.change(job.tenant, job.id, verb, partial(amend, store.link))


async def test_another_priority_moves_the_job_to_the_set_of_that_priority(
    store: Store, redis: Any, submitted: Job
) -> None:
    changed = await change(store, submitted, {"priority": Priority.HIGH})
    assert (await store.view("default", submitted.id)).job == changed
    assert redis.zscore("arq:queue", submitted.id) is None
    assert redis.zscore("arq:queue!high", submitted.id) == submitted.run_at
    assert redis.hgetall(keys.DEPTH) == {b"queue:default:pending": b"1", b"type:calculation:pending": b"1"}
    assert [job.id for job in await claim(store)] == [submitted.id]


async def test_another_time_changes_place_status_and_index(store: Store, redis: Any, submitted: Job) -> None:
    due = store.now() + LATER
    later = await change(store, submitted, {"run_at": due})
    assert (later.status, redis.zscore("arq:queue", submitted.id)) == (Status.SCHEDULED, due)
    assert redis.zrange(keys.index("default", "calculation", "scheduled"), 0, -1) == [submitted.id.encode()]
    assert redis.exists(keys.index("default", "calculation", "pending")) == 0
    assert redis.hgetall(keys.DEPTH) == {b"queue:default:scheduled": b"1", b"type:calculation:scheduled": b"1"}
    assert await claim(store) == []
    assert (await change(store, submitted, {"run_at": 0})).status is Status.PENDING
    assert [job.id for job in await claim(store)] == [submitted.id]


async def test_other_tags_change_the_indexes_of_tags(store: Store, redis: Any, submitted: Job) -> None:
    await change(store, submitted, {"tags": ("blue", "red")})
    for tag, ids in (("blue", [submitted.id]), ("red", [submitted.id]), ("a/b", [])):
        page = await store.page("default", JobFilter(tags=(tag,)))
        assert [view.job.id for view in page.jobs] == ids
    assert redis.exists(keys.tag("default", "a/b")) == 0


async def test_a_job_that_waits_aside_is_amended_and_taken_from_its_new_place(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    job = new_job(now=store.now() - 1_000, type="strange")
    await store.submit([job])
    assert await claim(store, loop=("other",)) == []
    assert redis.zscore(keys.parked("arq:queue", "strange"), job.id) is not None
    await change(store, job, {"priority": Priority.LOW})
    assert redis.zscore(keys.parked("arq:queue", "strange"), job.id) is None
    assert [held.id for held in await claim(store, loop=("strange",))] == [job.id]
    assert redis.zscore(keys.parked("arq:queue!low", "strange"), job.id) is None


async def test_a_retrying_job_may_go_on_at_once(store: Store, submitted: Job) -> None:
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.fail(held, ERROR, store.now(), delay=60))])
    assert await claim(store) == []
    assert (await change(store, submitted, {"run_at": store.now()})).status is Status.RETRYING
    assert [job.id for job in await claim(store)] == [submitted.id]


async def test_a_job_that_runs_is_amended_under_its_worker_which_settles_it_all_the_same(
    store: Store, redis: Any, submitted: Job
) -> None:
    (held,) = await claim(store)
    score, lease = redis.zscore("arq:queue", held.id), redis.zscore(keys.LEASES, held.id)
    amended = await change(store, submitted, {"tags": ("red",)})
    assert (redis.zscore("arq:queue", held.id), redis.zscore(keys.LEASES, held.id)) == (score, lease)
    (answer,) = await store.write([Change(held, lifecycle.reject(held, store.now(), ERROR))])
    assert answer == amended
    (written,) = await store.write([Change(amended, lifecycle.reject(amended, store.now(), ERROR))])
    assert written is not None
    assert (written.status, written.tags) == (Status.FAILED, ("red",))
    with pytest.raises(IllegalTransition):
        await change(store, submitted, {"tags": ()})


async def test_when_it_is_too_late_moves_with_the_job(store: Store, redis: Any, new_job: MakeJob) -> None:
    job = new_job(now=store.now(), expires_in=5.0)
    await store.submit([job])
    later = await change(store, job, {"run_at": store.now() + LATER})
    assert redis.zscore(keys.MISSABLE, job.id) == later.start_by == later.run_at + 5_000


async def test_an_amendment_that_lost_the_race_is_decided_anew_and_a_repeated_one_is_the_same(
    store: Store, submitted: Job
) -> None:
    first = lifecycle.amend(submitted, store.now(), {"tags": ("first",)})
    second = lifecycle.amend(submitted, store.now(), {"tags": ("second",)})
    assert await amend(store.link, Change(submitted, first)) is first
    assert await amend(store.link, Change(submitted, first)) is first
    assert await amend(store.link, Change(submitted, second)) == first


async def test_those_who_listen_hear_of_it(store: Store, submitted: Job) -> None:
    before = await events.newest(store.link.redis)
    await change(store, submitted, {"tags": ("red",)})
    (entry,) = await events.later(store.link.redis, before)
    (event,) = entry.events
    assert (event.job_id, event.what, event.rev, event.tags) == (submitted.id, "pending", 2, ("red",))
