"""The workers that live, and what about the store itself an operator should know."""

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.codec import read
from shared.store import keys
from shared.store.views import WorkerInfo

SEEN_WITHIN = 10_000  # ms: a worker not heard of for longer is taken for dead, and its leases have lapsed

_decode = msgspec.json.Decoder(WorkerInfo).decode


async def workers(redis: Redis, now: int) -> list[WorkerInfo]:
    """Those seen lately, by their names."""
    ids = await redis.zrangebyscore(keys.WORKERS, now - SEEN_WITHIN, "+inf")
    infos = await redis.mget([keys.WORKER + id.decode() for id in ids]) if ids else []
    found = (read(_decode, info, "what a worker says") for info in infos)
    return sorted((worker for worker in found if worker is not None), key=lambda worker: worker.id)


async def forget(redis: Redis, worker: str) -> None:
    """Take a worker that has stopped off the list."""
    pipe = redis.pipeline(transaction=True)
    pipe.zrem(keys.WORKERS, worker)
    pipe.delete(keys.WORKER + worker)
    await pipe.execute()


async def warnings(redis: Redis) -> list[str]:
    """One sentence for each setting of the store that can lose jobs; none where it does not let us look."""
    try:
        config = await redis.config_get("*")
    except ResponseError:
        return []
    found = []
    if config.get("appendonly") == "no":
        found.append("The store keeps no append-only file: a crash of the store loses jobs. Set appendonly yes.")
    elif config.get("appendfsync") != "always":
        found.append("The store may lose the last second of jobs in a power failure. Set appendfsync always.")
    if config.get("maxmemory-policy", "noeviction") != "noeviction":
        found.append("The store may evict jobs when its memory is full. Set maxmemory-policy noeviction.")
    return found
