"""When to ask again: `Retry-After` (RFC 9110, section 10.2.3) of a job that has not ended, from its queue's pace."""

import asyncio
from math import ceil

from api_service.views import estimated_start
from shared.errors import StoreUnavailable
from shared.job import QUEUED, Job
from shared.store import Outlook, Store

SOONEST, LATEST = 1, 3_600  # seconds
UNKNOWN = 10  # seconds, where nothing can be said: nobody works, or the queue is paused
FRESH = 2.0  # seconds that what was learned of a queue holds
MOST_QUEUES = 1_000


def ask_again(job: Job, outlook: Outlook | None, now: int) -> dict[str, str]:
    """The header for a job that has not ended, from what stands before it."""
    if job.status not in QUEUED or outlook is None:
        return _header(SOONEST)
    start = estimated_start(job, outlook)
    return _header(UNKNOWN if start is None else (start - now) / 1000)


class Pace:
    """How long new jobs of each queue would wait: looked up beside the requests, never in their way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waits: dict[str, float] = {}
        self._until: dict[str, float] = {}
        self._looking: set[asyncio.Task[None]] = set()

    def ask_again(self, job: Job, now: int) -> dict[str, str]:
        """The header for a job that was just submitted."""
        loop = asyncio.get_running_loop()
        if self._until.get(job.queue, 0.0) < loop.time():
            self._look(job.queue, loop)
        return _header(max(self._waits.get(job.queue, SOONEST), (job.run_at - now) / 1000))

    def _look(self, queue: str, loop: asyncio.AbstractEventLoop) -> None:
        if len(self._until) >= MOST_QUEUES:
            self._until.clear()
            self._waits.clear()
        self._until[queue] = loop.time() + FRESH
        task = loop.create_task(self._learn(queue))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _learn(self, queue: str) -> None:
        try:
            found = await self._store.queues(queue)
        except StoreUnavailable:
            return
        for info in found:
            if info.name == queue:
                self._waits[queue] = UNKNOWN if info.estimated_wait is None else info.estimated_wait


def _header(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(min(max(ceil(seconds), SOONEST), LATEST))}
