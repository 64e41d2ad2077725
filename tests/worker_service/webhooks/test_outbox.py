from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec import Raw
from redis.asyncio import Redis

from shared import lifecycle
from shared.job import Job, JobError
from shared.names import WEBHOOKS
from shared.store import Change, JobFilter, Store, keys
from shared.store.webhooks import add, take_outbox
from shared.webhooks import EVENTS, Secret, Webhook, read_delivery
from worker_service.webhooks.outbox import Outbox

NewJob = Callable[..., Job]
HOOK = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


@pytest.fixture
async def bell(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


def hook(**facts: Any) -> Webhook:
    known = {"rev": 0, "id": HOOK, "tenant": "default", "url": "https://a.org", "created_at": 1}
    return Webhook(**{**known, "events": EVENTS, "secrets": (Secret("whsec_"),), **facts})


async def told(store: Store) -> list[tuple[str | None, str]]:
    """The webhook and the event of each delivery, the oldest first."""
    jobs = [view.job for view in (await store.page(WEBHOOKS, JobFilter())).jobs]
    deliveries = [read_delivery(job.payload) for job in jobs]
    return sorted((delivery.webhook_id, delivery.event) for delivery in deliveries)


async def end(store: Store, job: Job) -> None:
    now = store.now()
    await store.write([Change(job, lifecycle.give_up(job, now, JobError("expired", "Late.")))])


async def test_what_is_made_twice_is_one_delivery(store: Store, new_job: NewJob, bell: Redis, redis: Any) -> None:
    await add(store.link, hook())
    await store.submit([new_job(now=store.now())])
    lost = Outbox("lost", store, bell)
    assert await lost.see_to_some()  # and is lost before it says so
    redis.delete(keys.OUTBOX_HOLDER)
    assert await Outbox("other", store, bell).see_to_some()
    assert await told(store) == [(HOOK, "job.pending")]


async def test_what_was_seen_to_goes_and_the_outbox_is_free(
    store: Store, new_job: NewJob, bell: Redis, redis: Any
) -> None:
    await add(store.link, hook())
    await store.submit([new_job(now=store.now())])
    outbox = Outbox("a", store, bell)
    assert await outbox.see_to_some()
    assert not await outbox.see_to_some()
    assert redis.xlen(keys.OUTBOX) == 0
    assert not redis.exists(keys.OUTBOX_HOLDER)


async def test_one_worker_at_a_time_sees_to_it(store: Store, new_job: NewJob) -> None:
    await add(store.link, hook())
    await store.submit([new_job(now=store.now())])
    assert (await take_outbox(store.link, "a", ()))[0]
    assert await take_outbox(store.link, "b", ()) == (False, [])
    assert len((await take_outbox(store.link, "a", ()))[1]) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"events": ("job.failed",)},
        {"types": ("file-processing",)},
        {"queues": ("images",)},
        {"tags": ("a", "b")},
        {"disabled": "Why not."},
        {"tenant": "acme"},
    ],
)
async def test_nothing_is_told_that_a_webhook_does_not_want(
    store: Store, new_job: NewJob, bell: Redis, facts: dict[str, Any]
) -> None:
    await add(store.link, hook(**facts))
    await add(store.link, hook(id=HOOK.replace("0", "1"), types=("calculation",), queues=("default",), tags=("a",)))
    await store.submit([new_job(now=store.now(), tags=("a",))])
    await Outbox("a", store, bell).see_to_some()
    assert await told(store) == [(HOOK.replace("0", "1"), "job.pending")]


async def test_deliveries_tell_of_nothing_themselves(store: Store, new_job: NewJob, bell: Redis, redis: Any) -> None:
    await add(store.link, hook(tenant=WEBHOOKS))
    await add(store.link, hook())
    await store.submit([new_job(now=store.now())])
    outbox = Outbox("a", store, bell)
    while await outbox.see_to_some():
        pass
    assert len(await told(store)) == 1


async def test_a_job_that_was_given_up_calls_back(store: Store, new_job: NewJob, bell: Redis) -> None:
    job = new_job(now=store.now(), callback_url="https://a.org/", payload=Raw(b'{ "a":\n"b" }'))
    await store.submit([job])
    await end(store, job)
    await Outbox("a", store, bell).see_to_some()
    assert await told(store) == [(None, "job.failed")]


async def test_a_repeated_write_calls_back_once(store: Store, new_job: NewJob, redis: Any) -> None:
    job = new_job(now=store.now(), callback_url="https://a.org/")
    await store.submit([job])
    change = Change(job, lifecycle.cancel(job, store.now()))
    await store.write([change])
    await store.write([change])
    assert redis.xlen(keys.OUTBOX) == 1


async def test_nonsense_in_the_outbox_holds_nothing_up(store: Store, new_job: NewJob, bell: Redis, redis: Any) -> None:
    await add(store.link, hook())
    redis.xadd(keys.OUTBOX, {"events": "no JSON", "at": "never", "record1": "{"})
    redis.xadd(keys.OUTBOX, {"nothing": "of ours"})
    await store.submit([new_job(now=store.now())])
    await Outbox("a", store, bell).see_to_some()
    assert await told(store) == [(HOOK, "job.pending")]


@pytest.mark.parametrize("key", [keys.HOOKED, keys.OUTBOX, keys.OUTBOX_BELL, keys.OUTBOX_HOLDER])
async def test_a_key_of_another_kind_costs_no_job(store: Store, new_job: NewJob, redis: Any, key: str) -> None:
    await add(store.link, hook())
    redis.delete(key)
    redis.geoadd(key, (1, 1, "a"))
    job = new_job(now=store.now(), callback_url="https://a.org/")
    await store.submit([job])
    await end(store, job)
    assert (await store.view("default", job.id)).job.completed_at
    await take_outbox(store.link, "a", ())
