"""Gathers what running jobs tell of their work, and passes it on a few times a second in one call for all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.cancelling import was_cancelled
from shared.job import Job
from shared.store.views import Progress, Tidings, encode_progress
from worker_service.engine.holding import HoldKey

EVERY = 0.05  # seconds
MOST_LINES = 200  # of one job in one call; the newest are kept

log = structlog.get_logger(__name__)


@dataclass
class _News:
    progress: Progress | None = None
    lines: list[str] = field(default_factory=list)


class Telling:
    """`told` is called by contexts, on the event loop; `deliver` runs until cancelled."""

    def __init__(self, send: Callable[[Sequence[Tidings]], Awaitable[None]]) -> None:
        self._send = send
        self._news: dict[HoldKey, _News] = {}
        self._any = asyncio.Event()

    def told(self, job: Job, what: Mapping[str, Any]) -> None:
        """A job tells its progress (`percent`, `message`) or a line for its log (`log`)."""
        news = self._news.setdefault((job.id, job.fence), _News())
        if "log" in what:
            news.lines.append(str(what["log"]))
            del news.lines[:-MOST_LINES]
        else:
            news.progress = Progress(float(what["percent"]), str(what.get("message", "")))
        self._any.set()

    async def deliver(self) -> None:
        """Pass on what has gathered. News that the store cannot take are dropped: the work itself matters more."""
        while not was_cancelled():
            await self._any.wait()
            await self.flush()
            await asyncio.sleep(EVERY)

    async def flush(self) -> None:
        """Pass on what has gathered, now."""
        self._any.clear()
        news, self._news = self._news, {}
        tidings = [
            Tidings(job_id, fence, encode_progress(item.progress) if item.progress else b"", tuple(item.lines))
            for (job_id, fence), item in news.items()
        ]
        try:
            if tidings:
                await self._send(tidings)
        except Exception as error:  # noqa: BLE001 - the work itself matters more than what is told of it
            log.warning("progress not kept", jobs=len(tidings), reason=str(error))
