"""What a worker would ask of the store, and what happens to a worker that is lost."""

from collections.abc import Callable
from itertools import count
from typing import Any

from shared import lifecycle
from shared.job import Job, JobError, Priority
from shared.store import ClaimRequest, Share, Store, keys
from shared.store.connection import script

MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.")
NONCES = count()
LEASE = 10_000  # ms


def request(  # noqa: PLR0913 - a worker has that much to say
    worker: str = "w1",
    *,
    slots: int = 10,
    children: int = 10,
    suspects: int = 1,
    loop: tuple[str, ...] = ("calculation",),
    child: tuple[str, ...] = (),
    queues: tuple[str, ...] = ("default",),
    shares: tuple[Share, ...] = (),
    nonce: str = "",
    lease: int = LEASE,
) -> ClaimRequest:
    shares = shares or tuple(Share(queue, priority, 0) for queue in queues for priority in Priority)
    nonce = nonce or f"n{next(NONCES):09}"
    return ClaimRequest(worker, worker, nonce, lease, loop, child, slots, children, suspects, shares)


async def claim(store: Store, worker: str = "w1", **facts: Any) -> list[Job]:
    _, claims = await store.write_and_claim([], request(worker, **facts))
    return [lifecycle.claim(job, worker, claims.now) for job in claims.jobs]


async def lapse(store: Store, redis: Any, job: Job) -> None:
    """Nobody has renewed the lease of a job, though workers were heard."""
    past = store.now() - 1
    redis.zadd(keys.LEASES, {job.id: past})
    redis.zadd("arq:queue", {job.id: past})
    redis.zadd(keys.WORKERS, {"neighbour": past})


def renew(redis: Any, worker: str = "w1", *held: Job) -> list[Any]:
    """What a worker says every two seconds. Answers ids and fences of the leases that it has lost."""
    leases = [fact for job in held for fact in (job.id, job.fence)]
    reply: list[Any] = redis.eval(script("renew").text, 0, worker, LEASE, "{}", LEASE, *leases)
    return reply[1:]
