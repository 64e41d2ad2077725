"""When to ask again: `Retry-After` (RFC 9110, section 10.2.3) of a job that has not ended, from its queue's pace."""

import asyncio
from collections.abc import Mapping
from math import ceil

from api_service.views import estimated_start
from shared.errors import StoreUnavailable
from shared.job import QUEUED, Job
from shared.store import Outlook, Store

SOONEST, LATEST = 1, 3_600  # seconds
UNKNOWN = 10  # seconds, where nothing can be said: nobody works, or the queue is paused
FRESH = 2.0  # seconds that what was learned holds


def ask_again(job: Job, outlook: Outlook | None, now: int) -> dict[str, str]:
    """The header for a job that has not ended, from what stands before it."""
    if job.status not in QUEUED or outlook is None:
        return _header(SOONEST)
    start = estimated_start(job, outlook)
    return _header(UNKNOWN if start is None else (start - now) / 1000)


class Pace:
    """How long new jobs of each queue would wait: looked up beside the requests, never in their way.

    One look tells of all queues, however many there are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waits: Mapping[str, float] = {}  # by queue, in seconds
        self._fresh_until = 0.0  # on the loop's clock
        self._look: asyncio.Task[None] | None = None

    def ask_again(self, job: Job, now: int) -> dict[str, str]:
        """The header for a job that was just submitted."""
        loop = asyncio.get_running_loop()
        if self._fresh_until < loop.time() and (self._look is None or self._look.done()):
            self._fresh_until = loop.time() + FRESH
            self._look = loop.create_task(self._learn())
        return _header(max(self._waits.get(job.queue, SOONEST), (job.run_at - now) / 1000))

    async def close(self) -> None:
        """Look no further."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.gather(self._look, return_exceptions=True)

    async def _learn(self) -> None:
        try:
            found = await self._store.queues()
        except StoreUnavailable:
            return
        waits = {info.name: info.estimated_wait for info in found}
        self._waits = {name: UNKNOWN if wait is None else wait for name, wait in waits.items()}


def _header(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(min(max(ceil(seconds), SOONEST), LATEST))}
