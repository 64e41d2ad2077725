"""Real workers, a real receiver: what happens to jobs is told, once it is certain to be told."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from msgspec import Raw
from standardwebhooks import Webhook as Verifier

from api_service.app import create_app
from api_service.keys import DOCUMENT
from shared.job import Job, Status
from shared.names import DELIVERY, WEBHOOKS
from shared.settings import read_settings
from shared.signing import new_secret
from shared.store import JobFilter, Store
from shared.store.webhooks import add, find
from shared.webhooks import ENDS, EVENTS, Secret, Webhook
from tests.api_service.contract import contract
from tests.processes import WORKER, Fleet
from tests.waiting import until
from tests.worker_service.webhooks.receiver import Receiver, answer, receiving

SECRET = new_secret(bytes(range(32)))
ALLOWED = {"DMPS_WEBHOOK_ALLOW": "127.0.0.0/8", "DMPS_WEBHOOK_SECRET": SECRET}
NewJob = Callable[..., Job]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


def subscription(receiver: Receiver, **facts: Any) -> Webhook:
    known = {"rev": 0, "id": "01a20bd9-6453-76ed-b412-7526b44b1ca6", "tenant": "default", "created_at": 1}
    asked = {"url": receiver.url, "events": ENDS, "secrets": (Secret(SECRET),)}
    return Webhook(**{**known, **asked, **facts})


async def deliveries(store: Store) -> list[Job]:
    return [view.job for view in (await store.page(WEBHOOKS, JobFilter(types=(DELIVERY,)))).jobs]


async def ended(store: Store) -> list[Job] | None:
    jobs = await deliveries(store)
    return jobs if jobs and all(job.completed_at for job in jobs) else None


async def test_the_end_of_a_job_is_told_and_signed_as_the_standard_says(
    store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver
) -> None:
    await add(store.link, subscription(receiver))
    job = new_job(now=store.now(), metadata=Raw(b'{"by":"me"}'), tags=("a",))
    await store.submit([job])
    processes.start(WORKER, **ALLOWED)
    (request,) = await receiver.heard(1)
    told = Verifier(SECRET).verify(request.body, dict(request.headers))
    assert told["type"] == "job.completed"
    document = contract(create_app(read_settings())[DOCUMENT])
    assert list(document.errors("#/components/schemas/JobTold", told)) == []
    assert (told["data"]["jobId"], told["data"]["result"], told["data"]["metadata"]) == (
        job.id,
        {"sum": 3},
        {"by": "me"},
    )
    (delivery,) = await until(lambda: ended(store), "the delivery's end")
    assert delivery.status is Status.COMPLETED
    assert len(receiver.requests) == 1
    assert SECRET not in processes.log(processes.processes[0])


async def test_all_that_happens_to_a_job_is_told_if_that_is_asked_for(
    store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver
) -> None:
    await add(store.link, subscription(receiver, events=EVENTS))
    await store.submit([new_job(now=store.now())])
    processes.start(WORKER, **ALLOWED)
    told = {json.loads(request.body)["type"] for request in await receiver.heard(3)}
    assert told == {"job.pending", "job.processing", "job.completed"}


async def test_a_caller_is_called_back_though_the_job_is_gone_at_once(
    store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver
) -> None:
    job = new_job(now=store.now(), callback_url=receiver.url, keep_for=0.0)
    await store.submit([job])
    processes.start(WORKER, **ALLOWED)
    (request,) = await receiver.heard(1)
    assert Verifier(SECRET).verify(request.body, dict(request.headers))["data"]["result"] == {"sum": 3}


async def test_a_worker_that_is_killed_between_the_end_and_its_delivery_loses_nothing(
    store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver, redis: Any
) -> None:
    jobs = [new_job(now=store.now(), callback_url=receiver.url) for _ in range(20)]
    redis.set("dmps:outbox-holder", "somebody else")  # so that no outbox is seen to
    await store.submit(jobs)
    first = processes.start(WORKER, **ALLOWED)

    async def all_settled() -> bool:
        return all([(await store.view("default", job.id)).job.completed_at for job in jobs])

    await until(all_settled, "all jobs settled")
    first.kill()
    first.wait()
    assert not receiver.requests
    redis.delete("dmps:outbox-holder")
    processes.start(WORKER, **ALLOWED)
    ids = {json.loads(request.body)["data"]["jobId"] for request in await receiver.heard(20)}
    assert ids == {job.id for job in jobs}


async def test_a_delivery_that_fails_is_tried_again_under_the_same_id(
    store: Store, processes: Fleet, new_job: NewJob
) -> None:
    async with receiving(answer(500, "a secret of ours" + 999 * "x"), answer(503, Retry_After="1")) as receiver:
        await add(store.link, subscription(receiver))
        await store.submit([new_job(now=store.now())])
        processes.start(WORKER, **ALLOWED)
        requests = await receiver.heard(3, within=60)
        assert len({request.headers["webhook-id"] for request in requests}) == 1
        (delivery,) = await until(lambda: ended(store), "the delivery's end")
        first, second, _ = delivery.attempts
        assert first.error is not None
        assert second.error is not None
        assert len(first.error.message) < 320
        assert delivery.attempts[2].started_at - second.ended_at >= 1_000  # Retry-After
        assert (await find(store.link, "default", subscription(receiver).id)).failing_since is None


async def test_a_receiver_that_is_gone_is_told_nothing_more(store: Store, processes: Fleet, new_job: NewJob) -> None:
    async with receiving(answer(410)) as receiver:
        hook = await add(store.link, subscription(receiver))
        await store.submit([new_job(now=store.now())])
        processes.start(WORKER, **ALLOWED)
        (delivery,) = await until(lambda: ended(store), "the delivery's end")
        assert delivery.status is Status.FAILED
        assert (await find(store.link, "default", hook.id)).disabled == "The receiver answered 410 Gone."
        job = new_job(now=store.now())
        await store.submit([job])

        async def settled() -> int | None:
            return (await store.view("default", job.id)).job.completed_at

        await until(settled, "the second job's end")
        assert len(await deliveries(store)) == len(receiver.requests) == 1


async def failed_once(store: Store) -> str | None:
    """Of what, if some delivery has."""
    errors = [job.attempts[0].error for job in await deliveries(store) if job.attempts]
    return errors[0].message if errors and errors[0] else None


async def test_a_redirect_is_not_followed(store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver) -> None:
    async with receiving(answer(302, Location=receiver.url)) as redirecting:
        await add(store.link, subscription(redirecting))
        await store.submit([new_job(now=store.now())])
        processes.start(WORKER, **ALLOWED)
        assert await until(lambda: failed_once(store), "a failure") == "The receiver answered 302."
    assert not receiver.requests


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"]
)
async def test_what_was_not_opened_is_not_reached(
    store: Store, processes: Fleet, new_job: NewJob, receiver: Receiver, url: str
) -> None:
    await add(store.link, subscription(receiver, url=url.format(port=receiver.port)))
    await store.submit([new_job(now=store.now())])
    processes.start(WORKER, **{**ALLOWED, "DMPS_WEBHOOK_ALLOW": "10.0.0.0/8"})
    assert "network" in await until(lambda: failed_once(store), "a failure")
    assert not receiver.requests
