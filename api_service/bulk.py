"""Bulk actions at work, beside the requests: a few at a time, each for a while in turn, in steps that leave room.

What is written before each step (`in_hand`) and after it lets another process go on where this one stopped.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace as with_facts

import structlog
from msgspec.structs import replace

from api_service.bulk_actions import ACTABLE, Means, Tally, act
from api_service.decoding import json_object
from api_service.selections import selection
from api_service.validation import load
from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.job import Job, Status
from shared.schemas.bulk import BulkFilterSchema
from shared.store import JobFilter
from shared.store.bulks import ENDED, LEASE, Action, Bulk, BulkStatus, find, save, take
from shared.store.listing import read_views

AT_A_TIME = 2  # in one process
LOOK_EVERY = 1.0  # seconds
SLICE = 2.0  # seconds that one is worked on before it is the turn of others
STEP = 100  # jobs
REST = 1.0  # of the time that a step took: so much is left to others

_FILTER = BulkFilterSchema()

log = structlog.get_logger(__name__)


def jobs_of(action: Action, filter: bytes) -> JobFilter | None:
    """The jobs that an action is about: those that fit, and may be acted upon so; None if none can be."""
    asked, _ = load(_FILTER, json_object(filter))
    wanted = selection(asked, page_size=STEP)
    actable = ACTABLE[action]
    statuses = tuple(status for status in Status if status in actable and status in (wanted.statuses or actable))
    return with_facts(wanted, statuses=statuses) if statuses else None


class Bulks:
    """Works on them, until it is cancelled."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is a new one."""
        self._woken.set()

    async def work(self) -> None:
        """All that are there, and all that come. When it has ended, none of its loops talks to the store any more."""
        async with asyncio.TaskGroup() as loops:
            for _ in range(AT_A_TIME):
                loops.create_task(self._work())

    async def _work(self) -> None:
        while not was_cancelled():
            self._woken.clear()
            try:
                bulk = await take(self._means.store.link)
                if bulk is not None:
                    await self._go_on(bulk)
                    continue
            except StoreUnavailable as error:
                log.debug("bulk actions wait", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY)

    async def _go_on(self, bulk: Bulk) -> None:
        try:
            await self._slice(bulk)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("bulk action failed", bulk=bulk.id)
            link = self._means.store.link
            stands = await find(link, bulk.tenant, bulk.id)
            if stands is not None:
                await save(link, self._ended(stands, BulkStatus.FAILED), ENDED)

    async def _slice(self, bulk: Bulk) -> None:
        loop, link = asyncio.get_running_loop(), self._means.store.link
        end = loop.time() + SLICE
        held: Bulk | None = bulk
        while held is not None:
            start = loop.time()
            if start > end and not held.in_hand:
                await save(link, held, 0)
                return
            held = await self._step(held)
            if held is not None and held.is_last and not held.in_hand:
                await save(link, self._ended(held, BulkStatus.COMPLETED), ENDED)
                return
            await asyncio.sleep(REST * (loop.time() - start))

    async def _step(self, bulk: Bulk) -> Bulk | None:
        """Deal with some jobs. Answers how far it is then, not written yet; None if somebody else took over."""
        if bulk.in_hand:
            return await self._finish(bulk)
        filter = jobs_of(bulk.action, bytes(bulk.filter))
        if filter is None:
            return replace(bulk, is_last=True)
        store = self._means.store
        page = await store.page(bulk.tenant, with_facts(filter, after=bulk.after))
        jobs = [view.job for view in page.jobs]
        held = replace(
            bulk,
            status=BulkStatus.PROCESSING,
            started_at=bulk.started_at or store.now(),
            in_hand=tuple(job.id for job in jobs),
            revs=tuple(job.rev for job in jobs),
            after=page.next or bulk.after,
            is_last=page.next is None,
        )
        written = await save(store.link, held, LEASE) if jobs else held
        return None if written is None else _tallied(written, await act(self._means, bulk, jobs, again=False))

    async def _finish(self, bulk: Bulk) -> Bulk:
        """Deal with jobs that another process had in hand when it was lost."""
        jobs = await self._read(bulk.in_hand)
        tally = await act(self._means, bulk, jobs, again=True)
        gone = len(bulk.in_hand) - len(jobs)
        if bulk.action is Action.DELETE:
            return _tallied(bulk, with_facts(tally, done=tally.done + gone))
        return _tallied(bulk, with_facts(tally, skipped=tally.skipped + gone))

    async def _read(self, ids: Sequence[str]) -> list[Job]:
        jobs: list[Job] = []
        while ids:
            views, looked_at = await read_views(self._means.store.link.redis, ids)
            jobs += [view.job for view in views]
            ids = ids[looked_at:]
        return jobs

    def _ended(self, bulk: Bulk, status: BulkStatus) -> Bulk:
        now = self._means.store.now()
        log.info("bulk action ended", bulk=bulk.id, action=bulk.action, status=status, done=bulk.done)
        found = bulk.done + bulk.failed + bulk.skipped
        return replace(bulk, status=status, started_at=bulk.started_at or now, ended_at=now, matched=found)


def _tallied(bulk: Bulk, tally: Tally) -> Bulk:
    done, failed, skipped = bulk.done + tally.done, bulk.failed + tally.failed, bulk.skipped + tally.skipped
    matched = max(bulk.matched, done + failed + skipped)
    return replace(bulk, done=done, failed=failed, skipped=skipped, matched=matched, in_hand=(), revs=())
