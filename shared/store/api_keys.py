"""API keys in the store: whose each is, and a digest by which to know its secret. The secret itself is nowhere."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.codec import read
from shared.errors import KeyNotFound
from shared.store import keys
from shared.store.connection import store_errors
from shared.store.link import Link


class ApiKey(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One key. Times are in ms since the epoch, by the store's clock."""

    id: str
    tenant: str
    role: str
    digest: str  # HMAC-SHA256 of the secret, in hexadecimal
    last: str  # the last characters of the secret, by which people know it again
    created_at: int
    name: str = ""
    lifetime: float | None = None  # seconds that it was made for
    expires_at: int | None = None
    successor: str = ""  # the key that takes its place


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ApiKey).decode


async def find(link: Link, id: str) -> ApiKey | None:
    """The key of that id, unless there is none, or its time is over."""
    with store_errors():
        return _living(await link.redis.get(keys.KEY + id), link.now())


async def of_ids(link: Link, ids: list[str]) -> Mapping[str, ApiKey]:
    """Of these, the keys that live, by id."""
    with store_errors():
        records = await link.redis.mget([keys.KEY + id for id in ids]) if ids else []
    living = (_living(record, link.now()) for record in records)
    return {key.id: key for key in living if key is not None}


async def every(link: Link) -> list[ApiKey]:
    """The keys that live, the oldest first. Those that do not any more are forgotten."""
    with store_errors():
        ids = [id.decode() for id in await link.redis.zrange(keys.KEYS, 0, -1)]
    living = await of_ids(link, ids)
    if gone := [id for id in ids if id not in living]:
        with store_errors():
            await link.redis.zrem(keys.KEYS, *gone)
    return list(living.values())


async def add(link: Link, key: ApiKey) -> None:
    """Keep a new key, until it expires."""
    with store_errors():
        pipe = link.redis.pipeline(transaction=True)
        pipe.set(keys.KEY + key.id, _encode(key), nx=True, **_until(key))
        pipe.zadd(keys.KEYS, {key.id: key.created_at})
        await pipe.execute()


async def supersede(link: Link, old: ApiKey, new: ApiKey, overlap: float) -> ApiKey:
    """Let a key live for so many seconds more at the most, beside one that takes its place; answers it as it is now.

    Raises `KeyNotFound` if it was revoked meanwhile; the new one is not kept then.
    """
    await add(link, new)
    end = link.now() + round(overlap * 1000)
    ending = replace(old, expires_at=min(old.expires_at or end, end), successor=new.id)
    with store_errors():
        is_kept = await link.redis.set(keys.KEY + old.id, _encode(ending), xx=True, **_until(ending))
    if not is_kept:
        await revoke(link, new.id)
        raise KeyNotFound(old.id)
    return ending


async def revoke(link: Link, id: str) -> None:
    """Forget a key. Raises `KeyNotFound`."""
    with store_errors():
        pipe = link.redis.pipeline(transaction=True)
        pipe.delete(keys.KEY + id)
        pipe.zrem(keys.KEYS, id)
        deleted, _ = await pipe.execute()
    if not deleted:
        raise KeyNotFound(id)


def _until(key: ApiKey) -> dict[str, Any]:
    """For SET: when the store is to drop the record by itself."""
    return {} if key.expires_at is None else {"pxat": max(1, key.expires_at)}


def _living(record: bytes | None, now: int) -> ApiKey | None:
    key = read(_decode, record, "an API key")
    return key if key is not None and (key.expires_at is None or key.expires_at > now) else None
