import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api_service import live as live_module
from api_service.live import MOST_UNREAD, Listener, Live, News
from shared.errors import StoreUnavailable
from shared.job import DEFAULT_TENANT, Job
from shared.store import Store, keys
from shared.store.events import Event
from tests.api_service.fleet import claim, complete
from tests.shared.store.claiming import MakeJob

A_MINUTE = 60.0


@pytest.fixture
async def live(store: Store) -> AsyncIterator[Live]:
    made = Live(store.link)
    yield made
    await made.close()


@pytest.fixture
async def job(store: Store, new_job: MakeJob) -> Job:
    made = new_job(now=store.now())
    await store.submit([made])
    return made


def everything(_: Event) -> bool:
    return True


def news(number: int) -> News:
    return News(number, 0, Event("id", "pending", "calculation", DEFAULT_TENANT, "default", 1, ()))


async def run(store: Store, job: Job) -> None:
    await claim(store)
    await complete(store, job.id)


async def test_who_waits_for_the_end_hears_of_it(live: Live, store: Store, job: Job) -> None:
    waiting = asyncio.ensure_future(live.ended(DEFAULT_TENANT, job.id, A_MINUTE))
    await run(store, job)
    await asyncio.wait_for(waiting, 5)


async def test_who_comes_after_the_end_does_not_wait(live: Live, store: Store, job: Job) -> None:
    await run(store, job)
    await asyncio.wait_for(live.ended(DEFAULT_TENANT, job.id, A_MINUTE), 5)


async def test_nobody_waits_longer_than_they_said(live: Live, job: Job) -> None:
    await live.ended(DEFAULT_TENANT, job.id, 0.01)
    assert not live._narrow


async def test_an_end_before_the_job_was_tried_again_is_none(live: Live, store: Store, job: Job) -> None:
    await run(store, job)
    ended = (await store.view(DEFAULT_TENANT, job.id)).job
    waiting = asyncio.ensure_future(live.ended(DEFAULT_TENANT, job.id, A_MINUTE, rev=ended.rev))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    waiting.cancel()


async def test_all_that_happened_before_is_known_once_it_is_ready(live: Live, store: Store, job: Job) -> None:
    with live.listening(everything) as listener:
        await live.ready()
        await run(store, job)
        await live.ready()
        assert [each.event.what for each in live.past(listener, 0)] == ["pending", "processing", "completed"]


async def test_when_the_store_has_lost_what_it_told_listeners_are_told(
    live: Live, store: Store, job: Job, redis: Any
) -> None:
    """A replica took over that had not heard of the last events: their numbers come again."""
    with live.listening(everything) as listener:
        await live.ready()
        await run(store, job)
        await live.ready()
        (newest, _), *_ = redis.xrevrange(keys.EVENTS, count=1)
        redis.xdel(keys.EVENTS, newest)
        redis.decr(keys.EVENT_COUNT)
        behind = [listener.is_behind]
        await live.ready()
        assert [*behind, listener.is_behind] == [False, True]


async def test_only_what_the_reader_has_seen_is_known_to_be_all(live: Live, job: Job) -> None:
    await live.ready()
    assert live.has_all_since(live.newest)
    assert live.has_all_since(live.newest - 1)
    assert not live.has_all_since(live.newest - 2)
    assert not live.has_all_since(live.newest + 1)


async def test_no_more_is_kept_than_there_is_room_for(
    live: Live, store: Store, new_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "KEPT_EVENTS", 3)
    jobs = [new_job(now=store.now()) for _ in range(5)]
    await store.submit(jobs)
    with live.listening(everything) as listener:
        await live.ready()
        assert [each.event.job_id for each in live.past(listener, 0)] == [job.id for job in jobs[2:]]
    assert live._by_job.keys() == {job.id for job in jobs[2:]}


async def test_the_reader_rests_when_nobody_listens(live: Live, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "LINGER", 0.0)
    with live.listening(everything):
        await live.ready()
        reading = live._reading
    assert reading is not None
    await asyncio.wait_for(reading, 5)
    with live.listening(everything) as again:
        await live.ready()
        assert live.past(again, 0)


async def test_no_reader_begins_when_all_is_over(live: Live, job: Job) -> None:
    await live.close()
    with live.listening(everything):
        await live.ready()
    await asyncio.wait_for(live.ended(DEFAULT_TENANT, job.id, A_MINUTE), 5)
    assert live._reading is None


async def test_without_the_store_nobody_listens(job: Job) -> None:
    away = Store.connect("redis://127.0.0.1:1")
    live = Live(away.link)
    with live.listening(everything), pytest.raises(StoreUnavailable):
        await live.ready()
    await live.close()
    await away.close()


def test_one_who_does_not_read_has_lost_the_oldest_and_knows() -> None:
    listener = Listener(everything, None)
    behind = []
    for number in range(MOST_UNREAD + 1):
        listener.hear(news(number))
        behind.append(listener.is_behind)
    assert behind == [False] * MOST_UNREAD + [True]
    assert [each.number for each in listener.unread] == [MOST_UNREAD]
