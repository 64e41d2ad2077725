"""The store: records, indexes and queue, through a few scripts. It compares and writes; `shared.lifecycle` decides.

Every method raises `StoreUnavailable` when the store is away or cannot write.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from redis.asyncio import Redis

from shared.codec import encode_job, read_job
from shared.errors import JobNotFound
from shared.job import FINISHED, Job, Status
from shared.queue import arq_job, queue_key
from shared.store import claims, control, families, fleet, keys, listing, missed, needs, queues, submitting
from shared.store.coalescer import Coalescer
from shared.store.connection import Argument, connect, script, store_errors
from shared.store.link import Link
from shared.store.submitting import NONE_STAND, NOT_ONCE, Once, Standing, Stands
from shared.store.views import (
    Change,
    ClaimRequest,
    Claims,
    JobFilter,
    JobView,
    Limits,
    Outlook,
    Page,
    QueueInfo,
    Share,
    Sort,
    Span,
    Tidings,
    WorkerInfo,
    decode_progress,
)

__all__ = [
    "Change",
    "ClaimRequest",
    "Claims",
    "JobFilter",
    "JobView",
    "Limits",
    "Once",
    "Outlook",
    "Page",
    "QueueInfo",
    "Share",
    "Sort",
    "Span",
    "Standing",
    "Stands",
    "Store",
    "Tidings",
    "WorkerInfo",
]

MOST_JOBS_A_CALL = 500
MOST_LOG_LINES = 1_000
MOST_RECORDS = 100  # whole ones, in one reply
HEAVIEST_CALL = 4 * 1024 * 1024  # bytes of payloads: the store must answer a call well within the socket's timeout
WRITTEN, GONE = 1, 0

Write = Callable[[Change], Awaitable[Job | None]]  # answers the record that now stands; None if the job is gone


class Store:
    """One process's way to the store. It connects when it is first used, and again whenever it has to."""

    def __init__(self, redis: Redis) -> None:
        self.link = Link(redis)
        self._redis = redis
        self._run = self.link.run
        self.now = self.link.now  # milliseconds since the epoch, by the store's clock
        self.synchronise = self.link.synchronise
        self.close = self.link.close
        self.submitting: Callable[[Sequence[Job]], AbstractContextManager[object]] = nullcontext  # or one that traces
        self._submissions: Coalescer[Job, Standing] = Coalescer(
            self._submit, lambda job: len(memoryview(job.payload)), MOST_JOBS_A_CALL, HEAVIEST_CALL
        )

    @classmethod
    def connect(cls, url: str) -> "Store":
        """A store that is not asked anything yet."""
        return cls(connect(url))

    async def submit(self, jobs: Sequence[Job]) -> Standing:
        """Write new jobs and queue them. Jobs of concurrent callers share a call; up to 500 of one call are atomic.

        Answers the jobs that others stand for, and those. Raises `FileIsGoing`.
        """
        await needs.note(self.link, jobs)
        standing: dict[str, Stands] = {}
        with self.submitting(jobs):
            for start in range(0, len(jobs), MOST_JOBS_A_CALL):
                standing.update(await self._submissions.send(jobs[start : start + MOST_JOBS_A_CALL]))
        return standing

    async def submit_at_once(self, jobs: Sequence[Job], once: Once = NOT_ONCE) -> tuple[bytes, Standing]:
        """Write up to a thousand new jobs in one step, if `once` allows it. Answers what stood in its place, if not.

        Raises `FileIsGoing`.
        """
        await needs.note(self.link, jobs)
        with self.submitting(jobs):
            return await self._submit_in_one(jobs, once)

    async def _submit_in_one(self, jobs: Sequence[Job], once: Once) -> tuple[bytes, Standing]:
        (reply,) = await self._run((script("submit"), self._submission(jobs, once)))
        stood, standing = (b"", NONE_STAND) if isinstance(reply, int) else submitting.read(reply)
        if self.link.observer is not None and not stood:
            self.link.observer.submitted([job for job in jobs if job.id not in standing])
        return stood, standing

    async def view(self, tenant: str, job_id: str) -> JobView:
        """A job and what it told of its work. Raises `JobNotFound`."""
        with store_errors():
            record, progress = await self._redis.mget(keys.JOB + job_id, keys.PROGRESS + job_id)
        job = self._readable(record, tenant, job_id)
        children = await families.of(self.link, [job])
        return JobView(job, decode_progress(progress) if progress else None, children.get(job.id, ()))

    async def page(self, tenant: str, filter: JobFilter) -> Page:
        """Some of the jobs of a tenant, in the order that the filter asks for."""
        with store_errors():
            return await listing.page(self.link, tenant, filter)

    async def change(self, tenant: str, job_id: str, change: Callable[[Job], Job], write: Write | None = None) -> Job:
        """Apply a verb of the lifecycle, anew to the fresh record whenever another write came first.

        `write` does so, if not `Store.write`. Raises `JobNotFound`, and what the verb raises.
        """
        with store_errors():
            record = await self._redis.get(keys.JOB + job_id)
        job = self._readable(record, tenant, job_id)
        while True:
            changed = change(job)
            if changed is job:
                return job
            answer = await (write or self._write_one)(Change(job, changed))
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
        await needs.note_again(self.link, _revived(changes))
        (replies,) = await self._run((script("write"), self._write_arguments(changes)))
        return self._written(changes, replies)

    async def write_and_claim(
        self, changes: Sequence[Change], request: ClaimRequest
    ) -> tuple[list[Job | None], Claims]:
        """`write`, then claim, in one round trip."""
        claim = (script("claim"), claims.arguments(request))
        calls = [(script("write"), self._write_arguments(changes)), claim] if changes else [claim]
        *written, claimed = await self._run(*calls)
        found = claims.read(claimed)
        if self.link.observer is not None:
            self.link.observer.handled("settle", len(changes))
            self.link.observer.handled("claim", len(found.jobs))
        return self._written(changes, *written) if changes else [], found

    async def tell(self, tidings: Sequence[Tidings]) -> None:
        """Keep what running jobs tell of their work."""
        arguments: list[Argument] = [MOST_LOG_LINES]
        for told in tidings:
            arguments += (told.job_id, told.fence, told.progress, told.checkpoint, told.tenant)
            arguments += (len(told.parts), *told.parts, len(told.lines), *told.lines)
        await self._run((script("tell"), arguments), repeatable=False)

    async def give_up_missed(self) -> tuple[int, bool]:
        """Some jobs that wait though it is too late for them fail. Answers how many, and whether to look again."""
        now = self.now()
        with store_errors():
            ids = await self._redis.zrangebyscore(keys.MISSABLE, "-inf", now, start=0, num=MOST_RECORDS)
            records = await self._redis.mget([keys.JOB.encode() + id for id in ids]) if ids else []
        verdict = missed.judge(dict(zip(ids, map(read_job, records), strict=True)), now)
        given_up = missed.written(verdict.changes, await self.write(verdict.changes))
        with store_errors():
            if verdict.later:
                await self._redis.zadd(keys.MISSABLE, verdict.later)
            done: list[str | bytes] = [*verdict.settled, *given_up]
            if done:
                await self._redis.zrem(keys.MISSABLE, *done)
        return len(given_up), len(ids) == MOST_RECORDS

    async def workers(self) -> list[WorkerInfo]:
        """The workers that live."""
        with store_errors():
            return await fleet.workers(self._redis, self.now())

    async def forget_worker(self, worker: str) -> None:
        """A worker has stopped."""
        with store_errors():
            await fleet.forget(self._redis, worker)

    async def limits(self) -> dict[str, Limits]:
        """What is paused or limited, by subject: `control.of_queue(name)` or `control.of_type(name)`."""
        with store_errors():
            return await control.limits(self._redis)

    async def set_limits(self, subject: str, changes: Mapping[str, Any]) -> Limits:
        """Change some limits of a subject, by their names on the wire; None removes one. Answers what is in force."""
        (reply,) = await self._run((script("set_limits"), control.limits_arguments(subject, changes)))
        return control.read_limits(reply[1])

    async def queues(self, *asked: str) -> list[QueueInfo]:
        """How the queues stand, those asked for among them, by name."""
        workers = await self.workers()
        with store_errors():
            return await queues.queues(self._redis, self.now(), workers, asked)

    async def outlook(self, job: Job) -> Outlook:
        """What stands before a job that waits."""
        (reply,) = await self._run((script("outlook"), control.outlook_arguments(job)))
        return control.read_outlook(reply)

    async def send(self, worker: str, order: Mapping[str, Any]) -> None:
        """Tell a worker what to do. It may be told twice, and one that is lost never hears of it."""
        await self._run((script("order"), control.order_arguments(worker, order)))

    async def warnings(self) -> list[str]:
        """What about the store's set-up endangers jobs."""
        with store_errors():
            return await fleet.warnings(self._redis)

    async def _submit(self, jobs: Sequence[Job]) -> Standing:
        return (await self._submit_in_one(jobs, NOT_ONCE))[1]

    def _submission(self, jobs: Sequence[Job], once: Once) -> list[Argument]:
        return submitting.arguments(arq_job(self.now()), jobs, once)

    async def _write_one(self, change: Change) -> Job | None:
        return (await self.write([change]))[0]

    def _write_arguments(self, changes: Sequence[Change]) -> list[Argument]:
        arguments: list[Argument] = [arq_job(self.now())]
        for change in changes:
            before, job = change.before, change.job
            arguments += (job.id, before.rev, encode_job(job))
            arguments += (keys.index_of(before), keys.index_of(job), queue_key(job.queue, job.priority))
            arguments.append(_fate(before, job))
            arguments.append(job.run_at if job.expires_at is None else job.expires_at)
            arguments.append(job.completed_at or 0)
            arguments.append(1 if job.callback_url is not None and job.status in FINISHED else 0)
        return arguments

    def _written(self, changes: Sequence[Change], replies: Sequence[Any]) -> list[Job | None]:
        return [
            change.job if reply == WRITTEN else None if reply == GONE else read_job(reply)
            for change, reply in zip(changes, replies[1:], strict=True)
        ]

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
    if before.status in FINISHED:
        return "standing" if job.dedup and job.dedup_for is None else "requeued"
    return "released"


def _revived(changes: Sequence[Change]) -> list[Job]:
    """Those that had ended, and are to run again."""
    return [each.job for each in changes if each.before.status in FINISHED and each.job.status not in FINISHED]
