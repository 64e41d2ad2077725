import asyncio
from typing import Any

import msgspec
from msgspec import Raw

from shared import lifecycle
from shared.job import Job, Status
from shared.store import Change, Store, Tidings, events, keys
from shared.store.events import Event
from shared.store.views import Progress, encode_progress
from tests.shared.store.claiming import MakeJob, claim


async def told(store: Store) -> list[Event]:
    return [event for entry in await events.kept(store.link.redis) for event in entry.events]


async def test_a_job_s_way_is_told_step_by_step(store: Store, submitted: Job) -> None:
    (running,) = await claim(store)
    await store.write([Change(running, lifecycle.complete(running, Raw(b"1"), store.now()))])
    found = await told(store)
    assert [(event.what, event.rev) for event in found] == [("pending", 1), ("processing", 2), ("completed", 3)]
    assert {(event.job_id, event.type, event.tenant, event.queue, event.tags) for event in found} == {
        (submitted.id, submitted.type, "default", "default", ("blue", "a/b"))
    }


async def test_what_a_running_job_tells_is_told(store: Store, submitted: Job) -> None:
    (running,) = await claim(store)
    progress = encode_progress(Progress(50, "half"))
    await store.tell([Tidings(submitted.id, running.fence, progress, ('a "line"', "another \N{SNOWMAN}"))])
    found = (await told(store))[2:]
    assert [(event.what, event.tags) for event in found] == [
        (what, submitted.tags) for what in ("progress", "log", "log")
    ]
    assert msgspec.json.decode(found[0].more) == {"percent": 50, "message": "half"}
    assert msgspec.json.decode(found[2].more) == {"message": "another \N{SNOWMAN}"}


async def test_events_are_numbered_without_a_gap(store: Store, new_job: MakeJob) -> None:
    for count in (1, 3, 2):
        await store.submit([new_job(now=store.now()) for _ in range(count)])
    found = await events.kept(store.link.redis)
    assert [len(entry.events) for entry in found] == [1, 3, 2]
    first = found[0].first
    assert [entry.first for entry in found] == [first, first + 1, first + 4]
    assert await events.newest(store.link.redis) == first + 5


async def test_numbers_never_come_again_though_the_store_lost_all(store: Store, redis: Any, new_job: MakeJob) -> None:
    await store.submit([new_job(now=store.now())])
    before = await events.newest(store.link.redis)
    redis.flushall()
    assert await events.newest(store.link.redis) == 0
    await store.submit([new_job(now=store.now())])
    assert await events.newest(store.link.redis) > before


async def test_only_the_newest_events_are_kept(store: Store, redis: Any, new_job: MakeJob) -> None:
    for _ in range(60):
        await store.submit([new_job(now=store.now()) for _ in range(200)])
    count = sum(len(entry.events) for entry in await events.kept(store.link.redis))
    assert keys.KEPT_EVENTS <= count < keys.KEPT_EVENTS + 1_000


async def test_who_waits_hears_of_what_comes(store: Store, new_job: MakeJob) -> None:
    redis = store.link.redis
    await store.submit([new_job(now=store.now())])
    waiting = asyncio.ensure_future(events.later(redis, await events.newest(redis)))
    await asyncio.sleep(0)
    job = new_job(now=store.now())
    await store.submit([job])
    (entry,) = await waiting
    assert [(event.job_id, event.what) for event in entry.events] == [(job.id, Status.PENDING)]


async def test_nobody_waits_for_ever(store: Store) -> None:
    assert await events.later(store.link.redis, 0) == []


async def test_a_stream_that_is_another_kind_of_key_stops_no_job(store: Store, redis: Any, new_job: MakeJob) -> None:
    redis.set(keys.EVENTS, "nonsense")
    redis.set(keys.EVENT_COUNT, "nonsense")
    job = new_job(now=store.now())
    await store.submit([job])
    assert [running.id for running in await claim(store)] == [job.id]
