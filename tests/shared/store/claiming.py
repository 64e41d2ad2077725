"""What a worker would ask of the store, and what happens to a worker that is lost."""

from collections.abc import Callable
from itertools import count
from typing import Any

from shared import lifecycle
from shared.job import Job, JobError
from shared.store import ClaimRequest, Store, keys

MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.")
NONCES = count()


def request(
    worker: str = "w1",
    *,
    slots: int = 10,
    children: int = 10,
    loop: tuple[str, ...] = ("calculation",),
    child: tuple[str, ...] = (),
    nonce: str = "",
    lease: int = 10_000,
    lapsed: bool = True,
) -> ClaimRequest:
    return ClaimRequest(worker, worker, nonce or f"n{next(NONCES):09}", lease, loop, child, slots, children, lapsed)


async def claim(store: Store, worker: str = "w1", **facts: Any) -> list[Job]:
    _, claims = await store.write_and_claim([], request(worker, **facts))
    return [lifecycle.claim(job, worker, claims.now) for job in claims.jobs]


async def lapse(store: Store, redis: Any, job: Job) -> None:
    past = store.now() - 1
    redis.zadd(keys.LEASES, {job.id: past})
    redis.zadd("arq:queue", {job.id: past})
