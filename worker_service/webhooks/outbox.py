"""Makes deliveries of what stands in the outbox. What is made twice, by whichever worker, is the same delivery.

An entry goes once its deliveries are in the store: a worker that is lost between the two leaves it to the next one.
Some entries may be told to a hundred webhooks each, every one with a body of its own. So deliveries are made one by one
and handed over in parts, others have their turn between two, and with each the worker says that it is still at it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.cancelling import was_cancelled
from shared.codec import read_job
from shared.errors import StoreUnavailable
from shared.job import Job
from shared.store import HEAVIEST_CALL, MOST_JOBS_A_CALL, Store, keys
from shared.store.connection import store_errors
from shared.store.events import Event
from shared.store.webhooks import Posted, every, hold_outbox, take_outbox
from shared.webhooks import Delivery, Webhook, delivery_job, event_id, job_body, told

PATIENCE = 2.0  # seconds to wait for the bell; then the worker looks anyway
MOST_RECORDS = 10  # in one reply, and in memory: each may have more than a megabyte

log = structlog.get_logger(__name__)

Hooks = Mapping[str, Sequence[Webhook]]  # by tenant
Records = Mapping[str, Job]  # by id


@dataclass(frozen=True, slots=True)
class Post:
    """One thing to tell, of an entry that came after so many others: an event, or a job that has ended."""

    before: int
    at: int  # ms since the epoch
    what: Event | Job


@dataclass(slots=True)
class Part:
    """Deliveries that go into the store in one call."""

    jobs: list[Job] = field(default_factory=list)
    weight: int = 0  # bytes of payloads

    def is_full_with(self, job: Job) -> bool:
        """Whether it would be too many, or too heavy; never if there is none yet."""
        is_heavy = self.weight + _weight(job) > HEAVIEST_CALL
        return bool(self.jobs) and (is_heavy or len(self.jobs) == MOST_JOBS_A_CALL)

    def add(self, job: Job) -> None:
        """One more."""
        self.jobs.append(job)
        self.weight += _weight(job)


class Outbox:
    """A worker's way to it. `bell`: a client with a connection to wait on."""

    def __init__(self, worker: str, store: Store, bell: Redis) -> None:
        self._worker = worker
        self._store = store
        self._bell = bell
        self._seen: list[str] = []  # entries that go with the next call

    async def work(self) -> None:
        """Until cancelled."""
        while not was_cancelled():
            try:
                if not await self.see_to_some():
                    await self._bell.execute_command("BLPOP", keys.OUTBOX_BELL, PATIENCE)
            except (StoreUnavailable, RedisError, OSError, TimeoutError) as error:
                log.debug("the outbox waits", reason=str(error))
                await asyncio.sleep(PATIENCE)
            except Exception:
                log.exception("the outbox waits")
                await asyncio.sleep(PATIENCE)

    async def see_to_some(self) -> bool:
        """Answers whether there may be more for this worker to see to."""
        mine, entries = await take_outbox(self._store.link, self._worker, self._seen)
        self._seen = []
        if not mine or not entries:
            return False
        part, posts = Part(), _posts(entries)
        hooks: Hooks = {}
        while some := list(islice(posts, MOST_RECORDS)):
            hooks = await self._hooks(some, hooks)
            for post, job in _made(some, hooks, await self._records(some, hooks), self._store.now()):
                if part.is_full_with(job):
                    if not await self._hand_over(part, entries[: post.before]):
                        return False
                    part = Part()
                part.add(job)
        return await self._hand_over(part, entries)

    async def _hand_over(self, part: Part, done: Sequence[Posted]) -> bool:
        """With that, these entries are done. Answers False, and does nothing, if another worker has the outbox.

        So it does if this one is to end.
        """
        if was_cancelled() or not await hold_outbox(self._store.link, self._worker):
            return False
        await self._store.submit(part.jobs)
        self._seen = [entry.id for entry in done]
        return True

    async def _hooks(self, posts: Sequence[Post], known: Hooks) -> Hooks:
        tenants = {post.what.tenant for post in posts if isinstance(post.what, Event)}
        return {each: known[each] if each in known else await every(self._store.link, each) for each in tenants}

    async def _records(self, posts: Sequence[Post], hooks: Hooks) -> Records:
        events = [post.what for post in posts if isinstance(post.what, Event)]
        wanted = {event.job_id for event in events if _wanting(event, hooks)}
        if not wanted:
            return {}
        with store_errors():
            records = await self._store.link.redis.mget([keys.JOB + id for id in wanted])
        return {job.id: job for job in map(read_job, records) if job is not None}


def _posts(entries: Sequence[Posted]) -> Iterator[Post]:
    for before, entry in enumerate(entries):
        for event in entry.events:
            yield Post(before, entry.at, event)
        for job in entry.ended:
            if job.callback_url:
                yield Post(before, entry.at, job)


def _made(posts: Sequence[Post], hooks: Hooks, records: Records, now: int) -> Iterator[tuple[Post, Job]]:
    for post in posts:
        if isinstance(post.what, Job):
            yield post, _to_caller(post.what, post.at, now)
        else:
            for job in _to_webhooks(post.what, post.at, now, hooks, records):
                yield post, job


def _wanting(event: Event, hooks: Hooks) -> list[Webhook]:
    return told(hooks[event.tenant], f"job.{event.what}", event.type, event.queue, event.tags)


def _weight(job: Job) -> int:
    return len(memoryview(job.payload))


def _to_webhooks(event: Event, at: int, now: int, hooks: Hooks, records: Records) -> Iterator[Job]:
    wanting = _wanting(event, hooks)
    if not wanting:
        return
    name, job = f"job.{event.what}", records.get(event.job_id)
    facts = {"jobId": event.job_id, "status": event.what, "type": event.type, "queue": event.queue, "tags": event.tags}
    text = job_body(name, at, facts, job if job is not None and job.rev == event.rev else None)
    id = event_id(event.job_id, event.rev)
    for hook in wanting:
        yield delivery_job(
            Delivery(event=name, event_id=id, body=text, tenant=hook.tenant, webhook_id=hook.id, job_id=event.job_id),
            now,
            at,
            traceparent=None if job is None else job.traceparent,
        )


def _to_caller(job: Job, at: int, now: int) -> Job:
    """Its record came along: it may be gone by now."""
    name = f"job.{job.status}"
    facts = {"jobId": job.id, "status": job.status, "type": job.type, "queue": job.queue, "tags": job.tags}
    delivery = Delivery(
        event=name,
        event_id=event_id(job.id, job.rev),
        body=job_body(name, at, facts, job),
        tenant=job.tenant,
        url=job.callback_url,
        job_id=job.id,
    )
    return delivery_job(delivery, now, at, traceparent=job.traceparent)
