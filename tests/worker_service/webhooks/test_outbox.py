import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest
from msgspec import Raw
from redis.asyncio import Redis

from shared import lifecycle
from shared.job import Job, JobError
from shared.names import WEBHOOKS
from shared.store import HEAVIEST_CALL, MOST_JOBS_A_CALL, Change, JobFilter, Store, keys
from shared.store.events import kept
from shared.store.webhooks import HEAVIEST_ENTRIES, add, take_outbox
from shared.webhooks import EVENTS, Secret, Webhook, read_delivery
from tests.shared.store.claiming import request
from worker_service.webhooks.outbox import Outbox

NewJob = Callable[..., Job]
HOOK = "01a20bd9-6453-76ed-b412-7526b44b1ca6"
HOOKS = tuple(f"{HOOK[:-1]}{n}" for n in range(4))


class Parts:
    """Observes what reaches the store, and does something once each part has."""

    def __init__(self, store: Store, then: Callable[[], Any] = int) -> None:
        self.jobs: list[Sequence[Job]] = []
        self.calls: list[str] = []
        self._then = then
        store.link.observer = self

    def called(self, scripts: str, seconds: float, *, failed: bool) -> None:  # noqa: ARG002 - whatever it took
        self.calls.append(f"{scripts} failed" if failed else scripts)

    def handled(self, verb: str, jobs: int) -> None:
        raise AssertionError(verb, jobs)

    def submitted(self, jobs: Sequence[Job]) -> None:
        self.jobs.append(jobs)
        self._then()


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


async def much(store: Store, new_job: NewJob) -> None:
    """Of 200 events, 800 deliveries."""
    for id in HOOKS:
        await add(store.link, hook(id=id, events=("job.pending",)))
    await store.submit([new_job(now=store.now()) for _ in range(200)])


async def made(store: Store) -> list[str]:
    """The ids of all deliveries that were ever made, as often as they were."""
    events = [event for entry in await kept(store.link.redis) for event in entry.events]
    return [event.job_id for event in events if event.tenant == WEBHOOKS]


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


async def test_many_deliveries_are_made_in_parts_that_the_worker_holds_the_outbox_for(
    store: Store, new_job: NewJob, bell: Redis
) -> None:
    await much(store, new_job)
    parts = Parts(store)
    assert await Outbox("a", store, bell).see_to_some()
    assert [len(jobs) for jobs in parts.jobs] == [MOST_JOBS_A_CALL, 800 - MOST_JOBS_A_CALL]
    assert parts.calls == ["take_outbox", *["hold_outbox", "submit"] * 2]


async def test_heavy_deliveries_are_made_in_parts_that_are_not(store: Store, new_job: NewJob, bell: Redis) -> None:
    for id in HOOKS:
        await add(store.link, hook(id=id, events=("job.completed",)))
    await store.submit([new_job(now=store.now()) for _ in range(100)])
    result = Raw(b'"' + b"x" * 60_000 + b'"')
    _, claims = await store.write_and_claim([], request(slots=100))
    held = [lifecycle.claim(job, "w1", claims.now) for job in claims.jobs]
    await store.write([Change(job, lifecycle.complete(job, result, store.now())) for job in held])
    parts = Parts(store)
    assert await Outbox("a", store, bell).see_to_some()
    weights = [sum(len(memoryview(job.payload)) for job in jobs) for jobs in parts.jobs]
    assert sum(weights) > 400 * 60_000
    assert max(weights) <= HEAVIEST_CALL
    assert len(set(await made(store))) == 400


async def test_a_worker_keeps_the_outbox_however_long_it_takes(
    store: Store, new_job: NewJob, bell: Redis, redis: Any
) -> None:
    left: list[int] = []

    def most_of_it_is_over() -> None:
        left.append(redis.pttl(keys.OUTBOX_HOLDER))
        redis.pexpire(keys.OUTBOX_HOLDER, 1_000)

    await much(store, new_job)
    Parts(store, most_of_it_is_over)
    assert await Outbox("a", store, bell).see_to_some()
    assert len(left) == 2
    assert min(left) > 1_000


async def test_a_worker_that_has_lost_the_outbox_stops_and_nothing_is_delivered_twice(
    store: Store, new_job: NewJob, bell: Redis, redis: Any
) -> None:
    await much(store, new_job)
    parts = Parts(store, lambda: redis.set(keys.OUTBOX_HOLDER, "b"))
    late = Outbox("a", store, bell)
    assert not await late.see_to_some()
    assert len(parts.jobs) == 1
    assert redis.xlen(keys.OUTBOX) == 2
    assert not await late.see_to_some()
    assert redis.xlen(keys.OUTBOX) == 1  # what was told whole is not told anew
    assert await Outbox("b", store, bell).see_to_some()
    ids = await made(store)
    assert len(ids) == len(set(ids)) == 800


async def test_a_worker_that_is_to_end_stops_though_its_cancellation_was_swallowed(
    store: Store, new_job: NewJob, bell: Redis, redis: Any
) -> None:
    async def see_to_it() -> bool:
        cast("asyncio.Task[bool]", asyncio.current_task()).cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        return await Outbox("a", store, bell).see_to_some()

    await much(store, new_job)
    assert not await asyncio.create_task(see_to_it())
    assert await made(store) == []
    assert redis.xlen(keys.OUTBOX) == 2


async def test_no_entry_holds_much_nor_does_what_a_worker_takes(store: Store, new_job: NewJob, redis: Any) -> None:
    big = Raw(b'"' + b"x" * 900_000 + b'"')
    jobs = [new_job(now=store.now(), callback_url="https://a.org/", payload=big) for _ in range(6)]
    await store.submit(jobs)
    await store.write([Change(job, lifecycle.cancel(job, store.now())) for job in jobs])
    assert redis.xlen(keys.OUTBOX) == 6
    _, taken = await take_outbox(store.link, "a", ())
    assert len(taken) == HEAVIEST_ENTRIES // 900_000
    _, others = await take_outbox(store.link, "a", [entry.id for entry in taken])
    assert [job.id for entry in (*taken, *others) for job in entry.ended] == [job.id for job in jobs]


async def test_callers_are_told_however_many_jobs_end_in_one_call(store: Store, new_job: NewJob, redis: Any) -> None:
    jobs = [new_job(now=store.now(), callback_url="https://a.org/") for _ in range(4_100)]
    await store.submit(jobs)
    await store.write([Change(job, lifecycle.cancel(job, store.now())) for job in jobs])
    assert redis.xlen(keys.OUTBOX) == 41
