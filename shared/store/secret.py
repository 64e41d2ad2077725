"""A secret that all processes of one store share, made by whichever asks first."""

from redis.asyncio import Redis

from shared.store import keys
from shared.store.connection import store_errors


async def secret(redis: Redis, new: bytes) -> bytes:
    """The store's secret; `new`, if it had none. Emptying the store changes it."""
    with store_errors():
        known: bytes | None = await redis.get(keys.SECRET)
        if known is None:
            known = await redis.set(keys.SECRET, new, nx=True, get=True)
    return new if known is None else known
