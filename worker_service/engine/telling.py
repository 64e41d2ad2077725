"""Gathers what running jobs tell of their work, and passes it on, twenty times a second, in one call for all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.job import Job
from shared.store.views import Progress, Tidings, encode_progress
from worker_service.engine.holding import HoldKey

EVERY = 0.05  # seconds
AWAY = 1.0  # seconds until the next try, while the store is away
MOST_LINES = 200  # of one job in one call; the newest are kept

log = structlog.get_logger(__name__)


@dataclass
class _News:
    tenant: str
    progress: Progress | None = None
    lines: list[str] = field(default_factory=list)
    checkpoint: bytes = b""  # the newest
    parts: dict[str, None] = field(default_factory=dict)  # its files, and those of earlier ones

    def add(self, what: Mapping[str, Any]) -> None:
        if "log" in what:
            self.lines.append(str(what["log"]))
            del self.lines[:-MOST_LINES]
        elif "checkpoint" in what:
            self.checkpoint = str(what["checkpoint"]).encode()
            self.parts.update(dict.fromkeys(map(str, what["parts"])))
        else:
            self.progress = Progress(float(what["percent"]), str(what.get("message", "")))

    def told_by(self, key: HoldKey) -> Tidings:
        progress = encode_progress(self.progress) if self.progress else b""
        return Tidings(*key, progress, tuple(self.lines), self.checkpoint, tuple(self.parts), self.tenant)


class Telling:
    """`told` is called by contexts, on the event loop; `deliver` runs until cancelled."""

    def __init__(self, send: Callable[[Sequence[Tidings]], Awaitable[None]]) -> None:
        self._send = send
        self._news: dict[HoldKey, _News] = {}
        self._on_their_way: dict[HoldKey, _News] = {}
        self._after: list[Callable[[], None]] = []
        self._any = asyncio.Event()

    def told(self, job: Job, what: Mapping[str, Any]) -> None:
        """A job tells its progress (`percent`, `message`), a line for its `log`, or a `checkpoint` with its `parts`."""
        self._news.setdefault((job.id, job.fence), _News(job.tenant)).add(what)
        self._any.set()

    def then(self, key: HoldKey, call: Callable[[], None]) -> None:
        """Call it once the attempt's last checkpoint was passed on, or that was tried in vain: at once if it has none.

        So the next attempt, which may begin as soon as this one is settled, finds it.
        """
        waiting = (news[key] for news in (self._news, self._on_their_way) if key in news)
        if any(news.checkpoint for news in waiting):
            self._after.append(call)
            self._any.set()
        else:
            call()

    async def deliver(self) -> None:
        """Pass on what has gathered."""
        while not was_cancelled():
            await self._any.wait()
            await asyncio.sleep(EVERY if await self.flush() else AWAY)

    async def flush(self) -> bool:
        """Pass on what has gathered, now. Answers whether the store took it.

        What it cannot take is dropped, but for checkpoints: the work itself matters more than what is told of it.
        """
        self._any.clear()
        self._on_their_way, self._news = self._news, {}
        after, self._after = self._after, []
        try:
            if self._on_their_way:
                await self._send([news.told_by(key) for key, news in self._on_their_way.items()])
        except asyncio.CancelledError:  # the worker stops, and passes on at last what it still has
            self._put_back()
            raise
        except StoreUnavailable as error:
            log.warning("progress not kept", jobs=len(self._on_their_way), reason=str(error))
            self._put_back()
            return False
        except Exception:  # a mistake of ours must not be tried for ever
            log.exception("progress not kept", jobs=len(self._on_their_way))
            return False
        finally:
            self._on_their_way = {}
            for call in after:
                call()
        return True

    def _put_back(self) -> None:
        for key, old in self._on_their_way.items():
            if old.checkpoint:
                news = self._news.setdefault(key, _News(old.tenant))
                news.checkpoint = news.checkpoint or old.checkpoint
                news.parts = old.parts | news.parts
                self._any.set()
