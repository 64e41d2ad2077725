"""Makes deliveries of what stands in the outbox. What is made twice, by whichever worker, is the same delivery.

An entry goes once its deliveries are in the store: a worker that is lost between the two leaves it to the next one.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.cancelling import was_cancelled
from shared.codec import read_job
from shared.errors import StoreUnavailable
from shared.job import Job
from shared.store import Store, keys
from shared.store.connection import store_errors
from shared.store.events import Event
from shared.store.webhooks import Posted, every, take_outbox
from shared.webhooks import Delivery, Webhook, delivery_job, event_id, job_body, told

PATIENCE = 2.0  # seconds to wait for the bell; then the worker looks anyway
MOST_RECORDS = 100  # in one reply

log = structlog.get_logger(__name__)

Records = Mapping[str, Job]  # by id


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
        await self._store.submit(await self._deliveries(entries))
        self._seen = [entry.id for entry in entries]
        return True

    async def _deliveries(self, entries: Sequence[Posted]) -> list[Job]:
        tenants = {event.tenant for entry in entries for event in entry.events}
        hooks = {tenant: await every(self._store.link, tenant) for tenant in tenants}
        records = await self._records(event.job_id for entry in entries for event in entry.events)
        now, made = self._store.now(), []
        for entry in entries:
            for event in entry.events:
                made += _to_webhooks(event, entry.at, now, hooks[event.tenant], records)
            made += [_to_caller(job, entry.at, now) for job in entry.ended if job.callback_url]
        return made

    async def _records(self, ids: Iterable[str]) -> Records:
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Job] = {}
        for start in range(0, len(wanted), MOST_RECORDS):
            some = wanted[start : start + MOST_RECORDS]
            with store_errors():
                records = await self._store.link.redis.mget([keys.JOB + id for id in some])
            found |= {job.id: job for job in map(read_job, records) if job is not None}
        return found


def _to_webhooks(event: Event, at: int, now: int, hooks: Sequence[Webhook], records: Records) -> list[Job]:
    name = f"job.{event.what}"
    wanting = told(hooks, name, event.type, event.queue, event.tags)
    if not wanting:
        return []
    job = records.get(event.job_id)
    facts = {"jobId": event.job_id, "status": event.what, "type": event.type, "queue": event.queue, "tags": event.tags}
    text = job_body(name, at, facts, job if job is not None and job.rev == event.rev else None)
    id = event_id(event.job_id, event.rev)
    return [
        delivery_job(
            Delivery(event=name, event_id=id, body=text, tenant=hook.tenant, webhook_id=hook.id, job_id=event.job_id),
            now,
            at,
            traceparent=None if job is None else job.traceparent,
        )
        for hook in wanting
    ]


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
