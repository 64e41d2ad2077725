import dataclasses
from typing import Any

import pytest

from api_service.access import Role
from shared.settings import Rate, Settings
from shared.store import Store, keys
from shared.store.connection import script
from tests.api_service.conftest import COMPLEX, Client, Connect
from tests.api_service.keyed import make_key, shown, with_keys

JOB_TYPES = "/api/job-types"
TWO_A_DAY = Rate(2, 86_400)


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(dataclasses.replace(settings, rate_limit=TWO_A_DAY))


async def count(store: Store, requests: int, window: int) -> tuple[int, int, int, int]:
    """Whether one more may pass, how many may then, ms until all may again, ms until the next one may."""
    (reply,) = await store.link.run((script("rate"), [f"{keys.RATE}x", requests, window]))
    _, *told = reply
    return tuple(told)


async def test_every_answer_tells_how_many_more_there_may_be(client: Client) -> None:
    async with client.get(JOB_TYPES) as response:
        assert response.headers["RateLimit-Policy"] == '"requests";q=2;w=86400'
        assert response.headers["RateLimit"].startswith('"requests";r=1;t=432')
    async with client.get("/api/jobs/x") as response:
        assert response.status == 404
        assert response.headers["RateLimit"].startswith('"requests";r=0;t=86')


async def test_one_request_too_many_is_refused_until_there_is_room(client: Client) -> None:
    for _ in range(2):
        assert (await client.get(JOB_TYPES)).status == 200
    async with client.post("/api/jobs", json=COMPLEX) as response:
        assert response.status == 429
        assert (await response.json(content_type=None))["title"] == "Rate limit exceeded"
        assert 43_000 < int(response.headers["Retry-After"]) <= 43_200
        assert response.headers["RateLimit"].startswith('"requests";r=0')
    assert (await client.get("/health/live")).status == 200


async def test_each_key_has_a_limit_of_its_own(connect: Connect, settings: Settings, store: Store) -> None:
    client = await connect(with_keys(settings, rate_limit=Rate(1, 86_400)))
    one, other = [shown(await make_key(store, role=Role.ADMIN)) for _ in range(2)]
    statuses = [(await client.get(JOB_TYPES, headers=key)).status for key in (one, one, other)]
    assert statuses == [200, 429, 200]


async def test_without_a_limit_nothing_is_counted(connect: Connect, settings: Settings, redis: Any) -> None:
    client = await connect(settings)
    async with client.get(JOB_TYPES) as response:
        assert "RateLimit" not in response.headers
    assert redis.keys("dmps:rate:*") == []


async def test_as_many_as_the_limit_says_may_come_at_once(store: Store) -> None:
    passed = [(await count(store, 100, 86_400_000))[0] for _ in range(101)]
    assert passed == [1] * 100 + [0]


async def test_room_comes_back_evenly(store: Store) -> None:
    assert (await count(store, 2, 1_000))[:2] == (1, 1)
    assert (await count(store, 2, 1_000))[:2] == (1, 0)
    passes, left, until_all, until_next = await count(store, 2, 1_000)
    if not passes:  # unless half a second has passed meanwhile
        assert left == 0
        assert until_next <= 500
        assert until_next <= until_all <= 1_000


async def test_nothing_is_left_of_what_was_counted_once_it_is_over(store: Store, redis: Any) -> None:
    await count(store, 2, 1_000)
    assert 0 < redis.pttl(f"{keys.RATE}x") <= 500


@pytest.mark.parametrize("nonsense", ["x", "1e99", "nan", "inf"])
async def test_nonsense_in_the_store_limits_nobody(store: Store, redis: Any, nonsense: str) -> None:
    redis.set(f"{keys.RATE}x", nonsense)
    assert (await count(store, 2, 86_400_000))[0] == 1
    redis.delete(f"{keys.RATE}x")
    redis.rpush(f"{keys.RATE}x", 1)
    assert (await count(store, 2, 1_000))[0] == 1
