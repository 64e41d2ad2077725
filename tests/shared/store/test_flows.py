"""Jobs that wait for others: joined, released and forgotten by the scripts, on the real store."""

from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.codec import encode_job
from shared.job import Job, OnChildFailure, Priority, Status
from shared.queue import queue_key
from shared.store import Change, Store, families, keys
from shared.store.removal import Removal, remove
from shared.store.retention import expire
from tests.shared.store.claiming import ERROR, MakeJob, claim

POLICIES = list(OnChildFailure)


async def family(store: Store, new_job: MakeJob, count: int = 2, **facts: Any) -> tuple[Job, list[Job]]:
    parent = new_job(now=store.now(), own_children=count, **facts)
    children = [new_job(now=store.now(), parent_id=parent.id) for _ in range(count)]
    await store.submit_at_once([*children, parent])
    return parent, children


async def status(store: Store, job: Job) -> Status:
    return (await store.view("default", job.id)).job.status


async def complete(store: Store, *jobs: Job) -> None:
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in jobs])


async def fail(store: Store, *jobs: Job) -> None:
    await store.write([Change(job, lifecycle.reject(job, store.now(), ERROR)) for job in jobs])


async def test_a_parent_is_blocked_and_not_claimed_until_its_last_child_has_ended(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    parent, children = await family(store, new_job)
    held = await claim(store)
    assert [job.id for job in held] == [job.id for job in children]
    await complete(store, held[0])
    assert await status(store, parent) is Status.BLOCKED
    assert redis.exists(f"arq:job:{parent.id}") == 0
    await complete(store, held[1])
    assert [job.id for job in await claim(store)] == [parent.id]


@pytest.mark.parametrize(
    "facts",
    [{}, {"run_at": 4 * 10**12}, {"priority": Priority.HIGH, "tags": ["a"], "queue": "images"}],
    ids=["due", "later", "elsewhere"],
)
async def test_the_script_releases_as_the_lifecycle_does(
    store: Store, redis: Any, new_job: MakeJob, facts: dict[str, Any]
) -> None:
    parent, _ = await family(store, new_job, count=1, **facts)
    (held,) = await claim(store)
    await complete(store, held)
    released = lifecycle.release(parent, store.now())
    assert redis.get(keys.JOB + parent.id) == encode_job(released)
    assert redis.zscore(keys.index_of(released), parent.id) == 0
    assert redis.zscore(keys.index_of(parent), parent.id) is None
    assert redis.zscore(queue_key(released.queue, released.priority), parent.id) == parent.run_at
    assert redis.get(f"arq:job:{parent.id}")


async def test_one_script_call_ends_many_children_and_releases_their_parents(store: Store, new_job: MakeJob) -> None:
    flows = [await family(store, new_job, count=3) for _ in range(4)]
    held = await claim(store, slots=100)
    assert len(held) == 12
    await complete(store, *held)
    assert {job.id for job in await claim(store)} == {parent.id for parent, _ in flows}


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_failed_child_releases_its_parent_at_once_only_if_that_must_fail(
    store: Store, new_job: MakeJob, policy: OnChildFailure
) -> None:
    parent, _ = await family(store, new_job, on_child_failure=policy)
    first, second = await claim(store)
    await fail(store, first)
    expected = Status.PENDING if policy is OnChildFailure.FAIL else Status.BLOCKED
    assert await status(store, parent) is expected
    await fail(store, second)
    assert await status(store, parent) is Status.PENDING


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_child_that_failed_before_its_parent_came_releases_it_as_one_that_fails_later(
    store: Store, new_job: MakeJob, policy: OnChildFailure
) -> None:
    parent = new_job(now=store.now(), own_children=2, on_child_failure=policy)
    await store.submit([new_job(now=store.now(), parent_id=parent.id) for _ in range(2)])
    first, second = await claim(store)
    await fail(store, first)
    await store.submit([parent])
    assert await status(store, parent) is (Status.PENDING if policy is OnChildFailure.FAIL else Status.BLOCKED)
    await complete(store, second)
    assert await status(store, parent) is Status.PENDING


async def test_a_running_job_that_waits_though_a_child_it_added_has_failed_is_released_at_once(
    store: Store, new_job: MakeJob
) -> None:
    await store.submit([new_job(now=store.now())])
    (parent,) = await claim(store)
    await families.expect(store.link, parent)
    await store.submit([new_job(now=store.now(), parent_id=parent.id) for _ in range(2)])
    failing, _ = await claim(store)
    await fail(store, failing)
    await store.write([Change(parent, lifecycle.wait(parent, store.now(), added=2))])
    assert await status(store, parent) is Status.PENDING


async def test_a_cancelled_child_is_one_that_failed(store: Store, new_job: MakeJob) -> None:
    parent, (first, _) = await family(store, new_job)
    await store.change("default", first.id, lambda job: lifecycle.cancel(job, store.now()))
    assert await status(store, parent) is Status.PENDING


async def test_a_repeated_settlement_releases_once(store: Store, redis: Any, new_job: MakeJob) -> None:
    parent, _ = await family(store, new_job, count=1)
    (held,) = await claim(store)
    change = Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))
    await store.write([change])
    record = redis.get(keys.JOB + parent.id)
    await store.write([change])
    assert redis.get(keys.JOB + parent.id) == record


async def test_a_cancelled_parent_is_not_released(store: Store, new_job: MakeJob) -> None:
    parent, _ = await family(store, new_job, count=1)
    await store.change("default", parent.id, lambda job: lifecycle.cancel(job, store.now()))
    await complete(store, *await claim(store))
    assert await status(store, parent) is Status.CANCELLED


async def test_a_job_depends_on_jobs_that_were_there_before(store: Store, new_job: MakeJob) -> None:
    first, second = new_job(now=store.now()), new_job(now=store.now())
    await store.submit([first, second])
    (held, other) = await claim(store)
    await complete(store, held)
    both = new_job(now=store.now(), depends_on=(first.id, second.id))
    also = new_job(now=store.now(), depends_on=(second.id,))
    await store.submit([both, also])
    assert [await status(store, job) for job in (both, also)] == [Status.BLOCKED] * 2
    await complete(store, other)
    assert [await status(store, job) for job in (both, also)] == [Status.PENDING] * 2
    assert await families.children(store.link, "default", [both.id, also.id]) == [[first.id, second.id], [second.id]]


async def test_a_job_whose_dependencies_have_all_completed_may_run_now(store: Store, new_job: MakeJob) -> None:
    done = new_job(now=store.now())
    await store.submit([done])
    await complete(store, *await claim(store))
    job = new_job(now=store.now(), depends_on=(done.id,))
    await store.submit([job])
    assert [each.id for each in await claim(store)] == [job.id]


async def test_a_job_that_depends_on_one_that_is_gone_is_released_to_fail(store: Store, new_job: MakeJob) -> None:
    open_one = new_job(now=store.now(), run_at=store.now() + 60_000)
    job = new_job(now=store.now(), depends_on=(new_job().id, open_one.id))
    await store.submit([open_one, job])
    assert await status(store, job) is Status.PENDING


async def test_children_may_end_before_their_parent_is_written(store: Store, redis: Any, new_job: MakeJob) -> None:
    parent = new_job(now=store.now(), own_children=1)
    child = new_job(now=store.now(), parent_id=parent.id)
    await store.submit([child])
    places = (keys.children("default", parent.id), keys.waits("default", parent.id))
    assert all(redis.ttl(key) > 0 for key in places)
    await complete(store, *await claim(store))
    await store.submit([parent])
    assert redis.ttl(places[0]) == -1
    assert [job.id for job in await claim(store)] == [parent.id]


async def test_a_running_job_that_waits_for_its_children_is_released_by_them(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    await store.submit([new_job(now=store.now())])
    (parent,) = await claim(store)
    child = new_job(now=store.now(), parent_id=parent.id)
    await store.submit([child])
    blocked = lifecycle.wait(parent, store.now(), added=1)
    assert await store.write([Change(parent, blocked)]) == [blocked]
    assert redis.exists(keys.LEASES, "arq:in-progress:" + parent.id, "arq:job:" + parent.id) == 0
    await complete(store, *await claim(store))
    assert [job.id for job in await claim(store)] == [parent.id]


async def test_a_job_that_waits_for_what_has_ended_meanwhile_is_released_at_once(
    store: Store, new_job: MakeJob
) -> None:
    parent, _ = await family(store, new_job, count=1)
    await complete(store, *await claim(store))
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.wait(held, store.now()))])
    assert await status(store, parent) is Status.PENDING


async def test_a_retried_family_waits_again(store: Store, new_job: MakeJob) -> None:
    parent, (first, _) = await family(store, new_job)
    failing, other = await claim(store)
    await fail(store, failing)
    await complete(store, other)
    (held,) = await claim(store)
    await store.write([Change(held, lifecycle.give_up(held, store.now(), ERROR))])
    for job in (first, parent):
        await store.change("default", job.id, lambda old: lifecycle.retry(old, store.now()))
    assert await status(store, parent) is Status.BLOCKED
    (again,) = await claim(store)
    assert again.id == first.id
    await complete(store, again)
    assert [job.id for job in await claim(store)] == [parent.id]


async def test_a_child_is_kept_as_long_as_its_parent_may_ask_for_its_result(
    store: Store, redis: Any, new_job: MakeJob
) -> None:
    parent = new_job(now=store.now(), own_children=2, keep_for=0)
    children = [new_job(now=store.now(), parent_id=parent.id, keep_for=0) for _ in range(2)]
    await store.submit_at_once([*children, parent])
    held = await claim(store)
    await complete(store, *held)
    assert (await expire(store.link)).removed == 0
    ended = [job for job in (await families.records(store.link, "default", [held[0].id])).values() if job]
    assert await families.needed(store.link, ended) == {held[0].id}
    assert await remove(store.link, ended) == [Removal.NEEDED]
    await complete(store, *await claim(store))
    redis.zadd(keys.RETENTION, {job.id: 0 for job in (parent, *children)})
    assert (await expire(store.link)).removed == 3
    assert redis.exists(keys.PARENTS, keys.FLOWS, keys.children("default", parent.id)) == 0


async def test_a_flow_leaves_nothing_behind(store: Store, redis: Any, new_job: MakeJob) -> None:
    before = set(redis.keys("*"))
    parent, _ = await family(store, new_job, count=3, keep_for=0)
    await complete(store, *await claim(store))
    await complete(store, *await claim(store))
    for key in (keys.RETENTION,):
        redis.zadd(key, dict.fromkeys(redis.zrange(key, 0, -1), 0))
    await expire(store.link)
    left = {key for key in set(redis.keys("*")) - before if parent.id.encode() in key}
    assert not left
    assert redis.exists(keys.PARENTS, keys.FLOWS) == 0


async def test_another_tenants_jobs_are_neither_children_nor_parents(store: Store, new_job: MakeJob) -> None:
    theirs = new_job(now=store.now(), tenant="acme")
    await store.submit([theirs])
    job = new_job(now=store.now(), depends_on=(theirs.id,))
    await store.submit([job])
    assert await status(store, job) is Status.PENDING  # to fail: there is no such job
    assert await families.records(store.link, "default", [theirs.id]) == {theirs.id: None}


async def test_what_children_came_to_is_read_in_parts_and_in_order(store: Store, redis: Any, new_job: MakeJob) -> None:
    theirs, gone = (new_job(now=store.now(), tenant=tenant) for tenant in ("acme", "default"))
    await store.submit([theirs, gone])
    parent, children = await family(store, new_job, count=5, depends_on=(theirs.id, gone.id))
    redis.delete(keys.JOB + gone.id)
    await complete(store, *await claim(store))
    parts = [await families.came(store.link, "default", parent.id, start, 3) for start in (0, 3, 6, 9)]
    assert [len(part) for part in parts] == [6, 6, 2, 0]
    found = [each for part in parts for each in families.read_came("default", part)]
    assert [id for id, _ in found] == sorted([theirs.id, gone.id, *(child.id for child in children)])
    assert [id for id, child in found if child is None] == sorted([theirs.id, gone.id])


def test_the_larger_the_records_the_fewer_are_asked_for_at_once() -> None:
    sizes = (100, 10_000, 1_000_000)
    assert [families.most_at_once([b"id", b"x" * size, b"id", None]) for size in sizes] == [1_000, 419, 100]  # type: ignore[list-item]
