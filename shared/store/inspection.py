"""What the store says of itself, and what the workers' clocks say: for whoever looks after a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.store import fleet, keys
from shared.store.connection import store_errors
from shared.store.link import Link
from shared.store.views import WorkerInfo


@dataclass(frozen=True)
class Inspection:
    """`info` is what INFO says; `config` what CONFIG GET does, empty where the store does not let us look."""

    now: int  # ms since the epoch, by the store's clock
    info: Mapping[str, Any]
    config: Mapping[str, str]
    workers: tuple[WorkerInfo, ...]
    skews: Mapping[
        str, int
    ]  # of workers that tell their time: ms by which each is before the store (or, below 0, behind)


async def inspect(link: Link) -> Inspection:
    """Look at the store. Raises `StoreUnavailable`."""
    with store_errors():
        await link.synchronise()
        info = await link.redis.info()
        config = await _config(link.redis)
        workers = tuple(await fleet.workers(link.redis, link.now()))
        heard = await link.redis.zmscore(keys.WORKERS, [worker.id for worker in workers]) if workers else []
    return Inspection(link.now(), info, config, workers, _skews(workers, heard))


async def _config(redis: Redis) -> Mapping[str, str]:
    try:
        config: Mapping[str, str] = await redis.config_get("*")
    except ResponseError:
        return {}
    return config


def _skews(workers: tuple[WorkerInfo, ...], heard: list[float | None]) -> dict[str, int]:
    """What a worker says was written in the moment that the store then noted."""
    told = zip(workers, heard, strict=True)
    return {worker.id: worker.clock - int(at) for worker, at in told if at is not None and worker.clock}
