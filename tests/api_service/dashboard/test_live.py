"""The stream that tells an open page to read itself again."""

import time
from collections.abc import Callable

import pytest
from aiohttp import ClientPayloadError, ClientResponse

from api_service.access import Role
from api_service.dashboard import live
from shared.job import Job
from shared.settings import Settings
from shared.store import Store, api_keys
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import send
from tests.api_service.dashboard.conftest import Browse
from tests.api_service.keyed import id_of, make_key, with_keys

CHANGED, BEAT = b"event: changed\n", b":\n"
NewJob = Callable[..., Job]


@pytest.fixture
async def site(browse: Browse, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)
    return await browse(with_keys(settings))


async def told(stream: ClientResponse, *, but: bytes = b"") -> bytes:
    """The next line that says something."""
    async for line in stream.content:
        if line in {CHANGED, BEAT} and line != but:
            return line
    return b""


async def test_a_page_hears_of_its_tenant_alone_and_once_a_second_at_most(
    site: Client, store: Store, new_job: NewJob
) -> None:
    await send(site, "/sign-in", {"key": await make_key(store, "acme", Role.VIEWER)})
    async with site.get("/live") as stream:
        assert stream.content_type == "text/event-stream"
        await store.submit([new_job(tenant="umbrella", now=store.now())])
        assert [await told(stream) for _ in range(3)] == [BEAT] * 3
        await store.submit([new_job(tenant="acme", now=store.now()) for _ in range(100)])
        assert await told(stream, but=BEAT) == CHANGED
        first = time.monotonic()
        await store.submit([new_job(tenant="acme", now=store.now())])
        assert await told(stream, but=BEAT) == CHANGED
        assert time.monotonic() - first > live.AT_MOST_EVERY * 0.8


async def test_a_page_of_a_job_hears_of_that_job_alone(site: Client, store: Store, new_job: NewJob) -> None:
    await send(site, "/sign-in", {"key": await make_key(store, "acme", Role.VIEWER)})
    job, other = (new_job(tenant="acme", now=store.now()) for _ in range(2))
    async with site.get(f"/live?job={job.id}") as stream:
        await store.submit([other])
        assert await told(stream) == BEAT
        await store.submit([job])
        assert await told(stream, but=BEAT) == CHANGED


async def test_the_stream_ends_with_the_key(site: Client, store: Store) -> None:
    key = await make_key(store, "acme", Role.VIEWER)
    await send(site, "/sign-in", {"key": key})
    async with site.get("/live") as stream:
        await told(stream)
        await api_keys.revoke(store.link, id_of(key))
        with pytest.raises(ClientPayloadError):  # it is cut off, as it has no end of its own
            await told(stream, but=BEAT)
