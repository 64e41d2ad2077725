"""What a bad link between client and API costs: time, never a job too many or too few."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import urlsplit

import pytest

from dmps import AsyncClient, Options, Patience, Submission, Unreachable
from dmps.models.jobs import Event
from tests.chaos.proxy import Cut, Proxy
from tests.dmps.conftest import Service, steps

QUICK = Patience(tries=5, first=0.01)


@pytest.fixture
async def proxy(service: Service) -> AsyncIterator[Proxy]:
    url = urlsplit(service.url)
    async with Proxy((url.hostname or "", url.port or 0)) as started:
        yield started


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(f"http://127.0.0.1:{proxy.port}", patience=QUICK) as connected:
        yield connected


def breaking(proxy: Proxy, request: bytes, *fates: Cut) -> None:
    """The first of these requests meet these fates."""
    left = list(fates)
    proxy.cut = lambda data: left.pop(0) if left and data.startswith(request) else None


async def ids(client: AsyncClient, tag: str) -> set[str]:
    return {job.id async for job in client.jobs(tag=[tag])}


@pytest.mark.parametrize("cut", Cut)
async def test_a_submission_whose_answer_was_lost_is_done_once(client: AsyncClient, proxy: Proxy, cut: Cut) -> None:
    breaking(proxy, b"POST", cut, cut)
    tag = f"lost-{cut.name}"
    submitted = await client.submit("noop", steps(), Options(tags=[tag]))
    assert proxy.cuts == 2
    assert await ids(client, tag) == {submitted.job_id}


async def test_a_batch_whose_answer_was_lost_is_done_once(client: AsyncClient, proxy: Proxy) -> None:
    breaking(proxy, b"POST", Cut.AFTER)
    entries = await client.submit_many([Submission("noop", steps(), Options(tags=["lost-batch"]))] * 100)
    assert proxy.cuts == 1
    assert await ids(client, "lost-batch") == {entry.job_id for entry in entries}


async def test_an_upload_whose_answer_was_lost_is_not_sent_again(client: AsyncClient, proxy: Proxy) -> None:
    breaking(proxy, b"POST", Cut.AFTER)
    with pytest.raises(Unreachable) as raised:
        await client.upload(b"content")
    assert raised.value.was_sent
    assert proxy.cuts == 1


async def test_a_stream_that_breaks_off_is_taken_up_where_it_was(client: AsyncClient, proxy: Proxy) -> None:
    submitted = await client.submit("scripted", steps({"do": "sleep", "seconds": 2, "percent": 50}))
    heard: list[Event] = []
    async with aclosing(client.follow_job(submitted.job_id)) as events:
        async for event in events:
            heard.append(event)
            if len(heard) == 2:
                proxy.drop()
    names = [event.name for event in heard]
    assert names[:2] == ["pending", "processing"]
    assert names[-1] == "completed"
    assert len({event.id for event in heard}) == len(heard) == 6
