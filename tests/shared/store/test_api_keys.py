from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from shared.errors import KeyNotFound
from shared.store import Store, api_keys
from shared.store.api_keys import ApiKey

Make = Callable[..., ApiKey]
HOUR = 3_600_000  # ms


@pytest.fixture
def key(store: Store) -> Make:
    def made(id: str = "0123456789abcdef", **facts: Any) -> ApiKey:
        now = store.now()
        return ApiKey(id=id, tenant="acme", role="viewer", digest="d" * 64, last="wxyz", created_at=now, **facts)

    return made


async def test_a_key_is_found_by_its_id(store: Store, key: Make) -> None:
    await api_keys.add(store.link, key())
    found = await api_keys.find(store.link, key().id)
    assert found is not None
    assert (found.tenant, found.role, found.expires_at) == ("acme", "viewer", None)
    assert await api_keys.find(store.link, "f" * 16) is None


async def test_a_key_whose_time_is_over_is_not_found(store: Store, key: Make) -> None:
    await api_keys.add(store.link, key(expires_at=store.now() - 1))
    assert await api_keys.find(store.link, key().id) is None
    assert await api_keys.every(store.link) == []


async def test_the_store_drops_a_key_by_itself(store: Store, key: Make, redis: Any) -> None:
    await api_keys.add(store.link, key(expires_at=store.now() + HOUR))
    assert 0 < redis.pttl(f"dmps:key:{key().id}") <= HOUR + 1_000  # our estimate of its clock may be ahead


async def test_keys_are_listed_the_oldest_first(store: Store, key: Make) -> None:
    young, old = key("a" * 16), replace(key("b" * 16), created_at=1)
    for each in (young, old):
        await api_keys.add(store.link, each)
    assert await api_keys.every(store.link) == [old, young]


async def test_a_record_that_cannot_be_read_is_no_key(store: Store, key: Make, redis: Any) -> None:
    await api_keys.add(store.link, key())
    for nonsense in ("{", "[]", '{"id":1}'):
        redis.set(f"dmps:key:{key().id}", nonsense)
        assert await api_keys.find(store.link, key().id) is None


async def test_a_key_that_is_superseded_never_lives_longer_than_it_would_have(store: Store, key: Make) -> None:
    old = key(expires_at=store.now() + HOUR)
    await api_keys.add(store.link, old)
    ending = await api_keys.supersede(store.link, old, key("f" * 16), overlap=7200.0)
    assert (ending.expires_at, ending.successor) == (old.expires_at, "f" * 16)
    assert len(await api_keys.every(store.link)) == 2


async def test_a_key_that_was_revoked_meanwhile_gets_no_successor(store: Store, key: Make) -> None:
    with pytest.raises(KeyNotFound):
        await api_keys.supersede(store.link, key(), key("f" * 16), overlap=1.0)
    assert await api_keys.every(store.link) == []


async def test_only_a_key_that_is_there_can_be_revoked(store: Store, key: Make) -> None:
    await api_keys.add(store.link, key())
    await api_keys.revoke(store.link, key().id)
    with pytest.raises(KeyNotFound):
        await api_keys.revoke(store.link, key().id)
