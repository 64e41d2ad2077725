"""How subscriptions fare, and what an attempt says. Times are set by hand in the subscription's record."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from shared.address_gate import AddressGate, networks
from shared.files import FileStore
from shared.signing import new_secret
from shared.store import Store
from shared.store.webhooks import add, change, find
from shared.webhooks import ENDS, FAIL_FOR, LONGEST_RETRY_AFTER, Delivery, Secret, Webhook
from tests.worker_service.webhooks.receiver import Receiver, answer, receiving
from worker_service.failures import AttemptFailed, Failure
from worker_service.processors import JobContext
from worker_service.webhooks.delivering import Deliverer
from worker_service.webhooks.sending import Sender

SECRET = new_secret(bytes(24))
ID = "01a20bd9-6453-76ed-b412-7526b44b1ca6"


@pytest.fixture
async def deliverer(store: Store) -> AsyncIterator[Deliverer]:
    sender = Sender(AddressGate(networks(["127.0.0.0/8"])))
    yield Deliverer(store.link, sender, (), lambda: 0.5)
    await sender.close()


async def subscribe(store: Store, receiver: Receiver, **facts: Any) -> Webhook:
    known = {"rev": 0, "id": ID, "tenant": "default", "created_at": 1, "secrets": (Secret(SECRET),)}
    return await add(store.link, Webhook(**{**known, "url": receiver.url, "events": ENDS, **facts}))


async def deliver(deliverer: Deliverer, **facts: Any) -> Any:
    delivery = Delivery(**{"event": "job.failed", "event_id": "evt_1", "body": "{}", "tenant": "default", **facts})
    context = JobContext(id="1", type="webhook-delivery", attempt=1, files=FileStore("file:///nowhere"))
    return await deliverer.processor(context, deliverer.processor.job_type.load_payload(to_builtins(delivery)))


async def failure(deliverer: Deliverer, **facts: Any) -> Failure:
    with pytest.raises(AttemptFailed) as raised:
        await deliver(deliverer, **{"webhook_id": ID, **facts})
    return raised.value.failure


async def test_five_days_without_a_success_disable_a_webhook(store: Store, deliverer: Deliverer) -> None:
    async with receiving(answer(500), answer(500)) as receiver:
        await subscribe(store, receiver, failing_since=store.now() - int(FAIL_FOR * 1000) + 60_000)
        await failure(deliverer)
        assert (await find(store.link, "default", ID)).disabled is None
        since = store.now() - int(FAIL_FOR * 1000) - 1
        await change(store.link, "default", ID, lambda hook: replace(hook, failing_since=since))
        await failure(deliverer)
    assert (await find(store.link, "default", ID)).disabled == "No delivery has succeeded for five days."


async def test_one_success_makes_good_for_all_failures(store: Store, deliverer: Deliverer) -> None:
    async with receiving(answer(500)) as receiver:
        await subscribe(store, receiver)
        await failure(deliverer)
        assert (await find(store.link, "default", ID)).failing_since is not None
        assert (await deliver(deliverer, webhook_id=ID))["statusCode"] == 204
    assert (await find(store.link, "default", ID)).failing_since is None


async def test_a_webhook_that_fares_as_before_is_not_written(store: Store, deliverer: Deliverer) -> None:
    async with receiving() as receiver:
        hook = await subscribe(store, receiver)
        await deliver(deliverer, webhook_id=ID)
    assert (await find(store.link, "default", ID)).rev == hook.rev


@pytest.mark.parametrize(("asked", "after"), [("0", 2.5), ("60", 60), ("999999", LONGEST_RETRY_AFTER), ("soon", 2.5)])
async def test_retry_after_counts_up_to_six_hours_and_never_hurries(
    store: Store, deliverer: Deliverer, asked: str, after: float
) -> None:
    async with receiving(answer(429, Retry_After=asked)) as receiver:
        await subscribe(store, receiver)
        found = await failure(deliverer)
    assert (found.after, found.final, found.error.message) == (after, False, "The receiver answered 429.")


async def test_a_webhook_that_was_removed_or_disabled_is_told_nothing(store: Store, deliverer: Deliverer) -> None:
    removed = await failure(deliverer)
    async with receiving() as receiver:
        await subscribe(store, receiver, disabled="Why not.", disabled_at=1)
        disabled = await failure(deliverer)
        assert not receiver.requests
    assert [(found.error.code, found.final) for found in (removed, disabled)] == [("removed", True), ("disabled", True)]


async def test_a_callback_without_a_secret_waits_for_one(deliverer: Deliverer) -> None:
    found = await failure(deliverer, webhook_id=None, url="https://example.org/", job_id=ID)
    assert (found.error.code, found.final) == ("no_secret", False)
