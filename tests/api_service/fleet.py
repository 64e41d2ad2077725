"""What workers would say and do, for tests of the HTTP service."""

from itertools import count
from typing import Any

import msgspec
from msgspec import Raw
from redis import Redis

from shared import lifecycle
from shared.job import DEFAULT_TENANT, Job
from shared.store import Change, ClaimRequest, Store, WorkerInfo, keys
from tests.waiting import until

_NONCES = count()


def hear(store: Store, redis: Redis, worker: str = "worker-1", **facts: Any) -> WorkerInfo:
    """A worker says that it lives."""
    defaults = {"host": "host", "pid": 1, "types": ("calculation",), "slots": 100, "running": 0}
    info = WorkerInfo(id=worker, started_at=1_700_000_000_000, **{**defaults, **facts})
    redis.zadd(keys.WORKERS, {worker: store.now()})
    redis.set(keys.WORKER + worker, msgspec.json.encode(info))
    return info


async def claim(store: Store, slots: int = 10) -> list[Job]:
    """A worker takes what it can get."""
    request = ClaimRequest(
        worker="worker-1",
        place="here",
        nonce=f"n{next(_NONCES):09}",
        lease=10_000,
        loop_types=("calculation",),
        child_types=(),
        slots=slots,
        children=0,
    )
    _, claims = await store.write_and_claim([], request)
    return [lifecycle.claim(job, "worker-1", claims.now) for job in claims.jobs]


async def take(store: Store) -> Job:
    """A worker takes the first job that comes."""
    found: list[Job] = []

    async def has_come() -> bool:
        found.extend(await claim(store, slots=1))
        return bool(found)

    await until(has_come, "a job can be claimed")
    return found[0]


async def complete(store: Store, job_id: str) -> Job:
    """The job's attempt ends well."""
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    (written,) = await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now()))])
    assert written is not None
    return written
