"""News of running jobs on their way to the store: what is kept while it is away, and what waits for what."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from shared.errors import StoreUnavailable
from shared.job import Job
from shared.store import Tidings
from worker_service.engine.telling import Telling


class Receiver:
    """Takes the tidings, or is away."""

    def __init__(self) -> None:
        self.away: BaseException | None = None
        self.got: list[Tidings] = []

    async def send(self, tidings: Sequence[Tidings]) -> None:
        if self.away is not None:
            raise self.away
        self.got += tidings


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def telling(receiver: Receiver) -> Telling:
    return Telling(receiver.send)


@pytest.fixture
def job(new_job: Callable[..., Job]) -> Job:
    return new_job()


async def test_only_the_newest_checkpoint_goes_out_with_the_files_of_all(
    telling: Telling, receiver: Receiver, job: Job
) -> None:
    for state, part in (("1", "a"), ("2", "b")):
        telling.told(job, {"checkpoint": state, "parts": [part]})
    assert await telling.flush()
    (told,) = receiver.got
    assert (told.checkpoint, told.parts, told.tenant) == (b"2", ("a", "b"), job.tenant)


async def test_a_checkpoint_waits_for_the_store_and_progress_does_not(
    telling: Telling, receiver: Receiver, job: Job
) -> None:
    receiver.away = StoreUnavailable("away")
    telling.told(job, {"checkpoint": "1", "parts": ["a"]})
    telling.told(job, {"percent": 50})
    assert not await telling.flush()
    telling.told(job, {"checkpoint": "2", "parts": ["b"]})
    receiver.away = None
    assert await telling.flush()
    (told,) = receiver.got
    assert (told.checkpoint, told.parts, told.progress) == (b"2", ("a", "b"), b"")


async def test_news_that_cannot_even_be_sent_are_not_tried_for_ever(
    telling: Telling, receiver: Receiver, job: Job
) -> None:
    receiver.away = RuntimeError("a mistake of ours")
    telling.told(job, {"checkpoint": "1", "parts": []})
    assert not await telling.flush()
    receiver.away = None
    assert await telling.flush()
    assert receiver.got == []


async def test_what_a_stopping_worker_has_on_its_way_is_sent_again(
    telling: Telling, receiver: Receiver, job: Job
) -> None:
    receiver.away = asyncio.CancelledError()
    telling.told(job, {"checkpoint": "1", "parts": []})
    with pytest.raises(asyncio.CancelledError):
        await telling.flush()
    receiver.away = None
    assert await telling.flush()
    assert [told.checkpoint for told in receiver.got] == [b"1"]


async def test_an_attempt_ends_after_its_checkpoint_or_after_that_was_tried(
    telling: Telling, receiver: Receiver, job: Job
) -> None:
    key, order = (job.id, job.fence), []
    telling.told(job, {"percent": 50})
    telling.then(key, lambda: order.append("nothing to wait for"))
    telling.told(job, {"checkpoint": "1", "parts": []})
    telling.then(key, lambda: order.append(f"{len(receiver.got)} sent"))
    assert order == ["nothing to wait for"]
    receiver.away = StoreUnavailable("away")
    await telling.flush()
    assert order == ["nothing to wait for", "0 sent"]
    receiver.away = None
    telling.then(key, lambda: order.append(f"{len(receiver.got)} sent"))
    await telling.flush()
    assert order[2:] == ["1 sent"]
