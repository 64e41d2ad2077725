"""Checkpoints in the store: beside the record, under its fence, until the job has ended."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import Job, JobError
from shared.store import Change, Store, Tidings, keys
from shared.store.checkpoints import Part, forget, leftovers, load

MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.")


@pytest.fixture
async def held(store: Store, new_job: MakeJob) -> Job:
    job = new_job(now=store.now())
    await store.submit([job])
    held = lifecycle.claim(job, "w", store.now())
    await store.write([Change(job, held)])
    return held


def told(job: Job, state: bytes, *parts: str) -> Tidings:
    return Tidings(job.id, job.fence, b"", (), state, parts, job.tenant)


async def left(store: Store) -> list[Part]:
    return [part async for page in leftovers(store.link) for part in page]


async def test_the_newest_is_read_and_the_record_stays_as_it_is(store: Store, held: Job) -> None:
    await store.tell([told(held, b"1")])
    await store.tell([told(held, b"2")])
    assert await load(store.link, ["none", held.id]) == {held.id: b"2"}
    assert (await store.view("default", held.id)).job == held


async def test_a_late_attempt_overwrites_nothing(store: Store, held: Job) -> None:
    back = lifecycle.hand_back(held, store.now())
    again = lifecycle.claim(back, "v", store.now())
    await store.write([Change(held, back)])
    await store.write([Change(back, again)])
    await store.tell([told(again, b'"newer"')])
    await store.tell([told(held, b'"late"')])
    assert await load(store.link, [held.id]) == {held.id: b'"newer"'}


@pytest.mark.parametrize(
    "ending",
    [
        lifecycle.hand_back,
        lambda job, now: lifecycle.fail(job, ERROR, now, 0.0),
        lambda job, now: lifecycle.snooze(job, now, 0.0),
        lambda job, now: lifecycle.wait(job, now, added=1),
    ],
    ids=["handed back", "failed", "snoozed", "waits for children"],
)
async def test_it_outlives_an_attempt_that_is_not_the_last(store: Store, held: Job, ending: Any) -> None:
    await store.tell([told(held, b"1", "file")])
    await store.write([Change(held, ending(held, store.now()))])
    assert await load(store.link, [held.id]) == {held.id: b"1"}
    assert await left(store) == []


@pytest.mark.parametrize(
    "ending",
    [
        lambda job, now: lifecycle.complete(job, Raw(b"1"), now),
        lambda job, now: lifecycle.reject(job, now, ERROR),
    ],
    ids=["completed", "failed"],
)
async def test_it_goes_when_the_job_ends_and_its_files_are_left_to_be_removed(
    store: Store, held: Job, ending: Any, redis: Any
) -> None:
    await store.tell([told(held, b"1", "one", "two")])
    await store.write([Change(held, ending(held, store.now()))])
    await store.tell([told(held, b"2", "three")])  # it was on its way
    assert await load(store.link, [held.id]) == {}
    found = await left(store)
    assert sorted(found, key=lambda part: part.file_id) == [
        Part(file_id, "default", held.id) for file_id in ("one", "three", "two")
    ]
    await forget(store.link, found)
    assert redis.exists(keys.PARTS) == 0


async def test_the_files_of_a_job_that_is_gone_are_left_over_too(store: Store, held: Job, redis: Any) -> None:
    await store.tell([told(held, b"1", "file")])
    redis.delete(keys.JOB + held.id)
    assert await left(store) == [Part("file", "default", held.id)]


async def test_what_somebody_else_put_there_is_no_checkpoint(store: Store, held: Job, redis: Any) -> None:
    redis.rpush(keys.CHECKPOINT + held.id, "nonsense")
    assert await load(store.link, [held.id]) == {}
    await store.tell([told(held, b"1")])
    assert await load(store.link, [held.id]) == {held.id: b"1"}
