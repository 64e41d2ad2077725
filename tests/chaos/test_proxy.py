"""The proxy does to a link what it says."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, TimeoutError

from shared.embedded import EmbeddedStore
from shared.store.connection import connect
from tests.chaos.proxy import Cut, Proxy, Way


@pytest.fixture
async def proxy(server: EmbeddedStore, redis: Redis) -> AsyncIterator[Proxy]:
    async with Proxy(("127.0.0.1", server.port or 0)) as started:
        yield started


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Redis]:
    async with connect(proxy.url) as connected:
        await connected.set("key", "old")
        yield connected


@pytest.mark.parametrize(("cut", "left"), [(Cut.BEFORE, b"old"), (Cut.AFTER, b"new")])
async def test_a_cut_is_before_or_after_the_call(proxy: Proxy, client: Redis, cut: Cut, left: bytes) -> None:
    proxy.cut = lambda data: cut if b"SET" in data and b"new" in data else None
    with pytest.raises(ConnectionError):
        await client.set("key", "new")
    assert await client.get("key") == left
    assert proxy.cuts == 1


async def test_bytes_that_go_one_by_one_arrive_whole(proxy: Proxy, client: Redis) -> None:
    proxy.sliced = True
    await client.set("key", "x" * 500)
    assert await client.get("key") == b"x" * 500


@pytest.mark.parametrize("way", list(Way))
async def test_what_a_black_hole_swallowed_arrives_after_it(proxy: Proxy, client: Redis, way: Way) -> None:
    proxy.swallow(way)
    call = asyncio.ensure_future(client.set("key", "new"))
    done, _ = await asyncio.wait([call], timeout=0.1)
    assert not done
    proxy.heal()
    assert await call
    assert await client.get("key") == b"new"


async def test_a_delay_is_of_each_call(proxy: Proxy, client: Redis) -> None:
    proxy.delay = 0.05
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(4):
        await client.get("key")
    assert loop.time() - began >= 4 * 0.05


async def test_dropped_links_are_made_anew(proxy: Proxy, client: Redis) -> None:
    proxy.drop()
    with pytest.raises((ConnectionError, TimeoutError)):
        await client.get("key")
    assert await client.get("key") == b"old"


async def test_a_link_to_nowhere_is_refused(proxy: Proxy, client: Redis) -> None:
    proxy.target = ("127.0.0.1", 1)
    proxy.drop()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await client.get("key")
