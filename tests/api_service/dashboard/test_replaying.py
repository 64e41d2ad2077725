"""The form that replays a job with another payload and other options."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.job import DEFAULT_TENANT, Job, Priority
from shared.retry import RetryPolicy
from shared.store import Store
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import page, send, words

METADATA = b'{"by":"me","cost":1.50}'


@pytest.fixture
async def old(store: Store, new_job: Callable[..., Job]) -> Job:
    """A job that was cancelled, with options of its own."""
    facts: dict[str, Any] = {"tags": ("shop", "eu"), "priority": Priority.LOW, "metadata": Raw(METADATA)}
    job = new_job(now=store.now(), backoff=RetryPolicy(delay=2.0, max=60.0, kind="linear"), **facts)
    await store.submit([job])
    return await store.change(DEFAULT_TENANT, job.id, partial(lifecycle.cancel, now=store.now()))


async def replayed(site: Client, store: Store, id: str, **fields: str) -> Job:
    """The job that the form makes."""
    status, place, text = await send(site, f"/jobs/{id}/replay", fields)
    assert status == 303, words(text)
    return (await store.view(DEFAULT_TENANT, place.partition("?")[0].rpartition("/")[2])).job


async def test_the_form_shows_what_the_job_had(site: Client, old: Job) -> None:
    text = await page(site, f"/jobs/{old.id}/replay")
    for shown in (
        'value="30"',
        'value="shop eu"',
        "<option selected>low</option>",
        "1.50",
        "&#34;kind&#34;:&#34;linear",
    ):
        assert shown in text, shown
    assert '<input id="o7" name="/options/runAt" value=""' in text  # when it was due is not taken over


async def test_what_is_filled_in_is_otherwise_and_all_else_as_it_was(site: Client, store: Store, old: Job) -> None:
    fields = {"/options/timeout": "12.5", "/options/queue": "", "/options/delay": "60", "/options/tags": ""}
    new = await replayed(site, store, old.id, **fields)
    assert (new.replay_of, new.timeout, new.queue, new.status) == (old.id, 12.5, old.queue, "scheduled")
    assert (new.tags, new.priority, new.backoff, bytes(new.metadata)) == ((), old.priority, old.backoff, METADATA)
    assert bytes(new.payload) == bytes(old.payload)
    assert (await replayed(site, store, old.id)).tags == old.tags


async def test_each_mistake_is_told_beside_its_field_and_nothing_is_lost(site: Client, old: Job) -> None:
    wrong = {
        "payload": '{"operation": "none"}',
        "/options/timeout": "0",
        "/options/tags": "!",
        "/options/queue": "mine",
    }
    wrong |= {"/options/backoff": '{"kind": "linear", "delay": -1}', "/options/metadata": "{"}
    status, _, text = await send(site, f"/jobs/{old.id}/replay", wrong)
    assert (status, 'value="mine"' in text) == (400, True)  # what is no JSON comes first
    status, _, text = await send(site, f"/jobs/{old.id}/replay", {**wrong, "/options/metadata": ""})
    assert (status, text.count('class="field wrong"')) == (422, 3)
    assert "/delay: Must be between 0 and" in words(text)
    del wrong["/options/metadata"], wrong["/options/backoff"], wrong["/options/timeout"], wrong["/options/tags"]
    status, _, text = await send(site, f"/jobs/{old.id}/replay", wrong)
    assert (status, '<div class="field wrong"><label for="payload">' in text) == (422, True)


async def test_a_payload_that_is_too_long_to_be_shown_is_kept(
    site: Client, store: Store, new_job: Callable[..., Job]
) -> None:
    numbers = ",".join(["123456789"] * 9_000)
    job = new_job(now=store.now(), payload=Raw(f'{{"operation":"sum","numbers":[{numbers}]}}'.encode()))
    await store.submit([job])
    await store.change(DEFAULT_TENANT, job.id, partial(lifecycle.cancel, now=store.now()))
    assert "It is too long to be laid out here." in words(await page(site, f"/jobs/{job.id}/replay"))
    new = await replayed(site, store, job.id, payload="", **{"/options/priority": "high"})
    assert (new.priority, bytes(new.payload) == bytes(job.payload)) == ("high", True)
