"""The store: records, indexes and queue, through a few scripts. It compares and writes; `shared.lifecycle` decides.

Every method raises `StoreUnavailable` when the store is away or cannot write.
"""

from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis

from shared.codec import encode_job, read_job
from shared.errors import JobNotFound
from shared.job import DEFAULT_TENANT, FINISHED, Job, Status
from shared.queue import arq_job, queue_key
from shared.store import fleet, keys, listing
from shared.store.clock import StoreClock
from shared.store.coalescer import Coalescer
from shared.store.connection import Argument, Script, connect, run_scripts, script, store_errors
from shared.store.views import (
    Change,
    ClaimRequest,
    Claims,
    JobFilter,
    JobView,
    Page,
    Tidings,
    WorkerInfo,
    decode_progress,
)

__all__ = ["Change", "ClaimRequest", "Claims", "JobFilter", "JobView", "Page", "Store", "Tidings", "WorkerInfo"]

MOST_JOBS_A_CALL = 500
MOST_LOG_LINES = 1_000
HEAVIEST_CALL = 4 * 1024 * 1024  # bytes of payloads: the store must answer a call well within the socket's timeout
WRITTEN, GONE = 1, 0


class Store:
    """One process's way to the store. It connects when it is first used, and again whenever it has to."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._clock = StoreClock()
        self._submissions: Coalescer[Job] = Coalescer(
            self._submit, lambda job: len(memoryview(job.payload)), MOST_JOBS_A_CALL, HEAVIEST_CALL
        )

    @classmethod
    def connect(cls, url: str) -> "Store":
        """A store that is not asked anything yet."""
        return cls(connect(url))

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    def now(self) -> int:
        """Milliseconds since the epoch, by the store's clock."""
        return self._clock.now()

    async def synchronise(self) -> None:
        """Ask the store for its time, and so whether it is there."""
        with store_errors():
            seconds, microseconds = await self._redis.time()
        self._clock.told(seconds * 1000 + microseconds // 1000)

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Write new jobs and queue them. Jobs of concurrent callers share a call; up to 500 of one call are atomic."""
        for start in range(0, len(jobs), MOST_JOBS_A_CALL):
            await self._submissions.send(jobs[start : start + MOST_JOBS_A_CALL])

    async def view(self, tenant: str, job_id: str) -> JobView:
        """A job and what it told of its work. Raises `JobNotFound`."""
        with store_errors():
            record, progress = await self._redis.mget(keys.JOB + job_id, keys.PROGRESS + job_id)
        job = self._readable(record, tenant, job_id)
        return JobView(job, decode_progress(progress) if progress else None)

    async def page(self, tenant: str, filter: JobFilter) -> Page:
        """Some of the jobs of a tenant, newest first."""
        with store_errors():
            return await listing.page(self._redis, tenant, filter)

    async def change(self, tenant: str, job_id: str, change: Callable[[Job], Job]) -> Job:
        """Apply a verb of the lifecycle, anew to the fresh record whenever another write came first.

        Raises `JobNotFound`, and what the verb raises.
        """
        with store_errors():
            record = await self._redis.get(keys.JOB + job_id)
        job = self._readable(record, tenant, job_id)
        while True:
            changed = change(job)
            if changed is job:
                return job
            (answer,) = await self.write([Change(job, changed)])
            if answer is None:
                raise JobNotFound(job_id)
            if answer is changed:
                return changed
            job = answer

    async def write(self, changes: Sequence[Change]) -> list[Job | None]:
        """Write each record if nobody wrote its job since. Answers each with the record that now stands, None if gone.

        It is the very object of the change if that was written.
        """
        if not changes:
            return []
        (replies,) = await self._run((script("write"), self._write_arguments(changes)))
        return self._written(changes, replies)

    async def write_and_claim(
        self, changes: Sequence[Change], request: ClaimRequest
    ) -> tuple[list[Job | None], Claims]:
        """`write`, then claim, in one round trip."""
        claim = (script("claim"), _claim_arguments(request))
        if not changes:
            (claimed,) = await self._run(claim)
            return [], _claims(claimed)
        written, claimed = await self._run((script("write"), self._write_arguments(changes)), claim)
        return self._written(changes, written), _claims(claimed)

    async def tell(self, tidings: Sequence[Tidings]) -> None:
        """Keep what running jobs tell of their work."""
        arguments: list[Argument] = [MOST_LOG_LINES]
        for told in tidings:
            arguments += (told.job_id, told.fence, told.progress, len(told.lines), *told.lines)
        await self._run((script("tell"), arguments), repeatable=False)

    async def expire(self) -> int:
        """Remove finished jobs whose time is over. Answers how many were removed; there may be more."""
        (reply,) = await self._run((script("expire"), [MOST_JOBS_A_CALL]))
        return int(reply[1])

    async def workers(self) -> list[WorkerInfo]:
        """The workers that live."""
        with store_errors():
            return await fleet.workers(self._redis, self.now())

    async def forget_worker(self, worker: str) -> None:
        """A worker has stopped."""
        with store_errors():
            await fleet.forget(self._redis, worker)

    async def warnings(self) -> list[str]:
        """What about the store's set-up endangers jobs."""
        with store_errors():
            return await fleet.warnings(self._redis)

    async def _submit(self, jobs: Sequence[Job]) -> None:
        arguments: list[Argument] = [arq_job(self.now())]
        for job in jobs:
            arguments += (job.id, encode_job(job), queue_key(job.queue), job.run_at)
        await self._run((script("submit"), arguments))

    def _write_arguments(self, changes: Sequence[Change]) -> list[Argument]:
        arguments: list[Argument] = [arq_job(self.now())]
        for change in changes:
            before, job = change.before, change.job
            arguments += (job.id, before.rev, encode_job(job))
            arguments += (keys.index_of(before), keys.index_of(job), queue_key(job.queue), _fate(before, job))
            arguments.append(job.run_at if job.expires_at is None else job.expires_at)
        return arguments

    def _written(self, changes: Sequence[Change], replies: Sequence[Any]) -> list[Job | None]:
        return [
            change.job if reply == WRITTEN else None if reply == GONE else read_job(reply)
            for change, reply in zip(changes, replies[1:], strict=True)
        ]

    async def _run(self, *calls: tuple[Script, Sequence[Argument]], repeatable: bool = True) -> list[Any]:
        replies = await run_scripts(self._redis, calls, repeatable=repeatable)
        last = replies[-1]
        self._clock.told(last if isinstance(last, int) else last[0])
        return replies

    def _readable(self, record: bytes | None, tenant: str, job_id: str) -> Job:
        job = read_job(record)
        if job is None or job.tenant != tenant:
            raise JobNotFound(job_id)
        if job.expires_at is not None and job.expires_at <= self.now():
            raise JobNotFound(job_id)
        return job


def _fate(before: Job, job: Job) -> str:
    """What a change means for queue, lease and retention: the words of `write.lua`."""
    if job.status is Status.PROCESSING:
        return "held"
    if job.status in FINISHED:
        return "settled" if before.status is Status.PROCESSING else "ended"
    return "requeued" if before.status in FINISHED else "released"


def _claim_arguments(request: ClaimRequest) -> list[Argument]:
    arguments: list[Argument] = [request.worker, request.place, request.nonce, request.lease, queue_key("default")]
    arguments += [
        request.slots,
        request.children,
        request.suspects,
        DEFAULT_TENANT,
    ]
    for kind, types in (("loop", request.loop_types), ("child", request.child_types)):
        for type in types:
            arguments += (kind, type)
    return arguments


def _claims(reply: Sequence[Any]) -> Claims:
    _, next_due, more, now, *entries = reply
    return Claims(
        now=now,
        next_due=next_due or None,
        more=bool(more),
        jobs=[job for record in entries[1::2] if (job := read_job(record)) is not None],
    )
