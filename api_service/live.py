"""What happens to jobs, as it happens: one reader of the store's events, and all who listen to it in this process.

The reader runs while somebody listens, and a little longer. It keeps the newest events, so that one who comes back
with the number of the last event that they saw misses none.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.job import FINISHED
from shared.store import events
from shared.store.events import Entry, Event
from shared.store.keys import KEPT_EVENTS
from shared.store.link import Link

LINGER = 10.0  # seconds that the reader goes on when nobody listens any more
ASK_AGAIN = 0.5  # seconds between two tries while the store is away
CATCH_UP = 5.0  # seconds that the reader may be behind
MOST_UNREAD = 1_000  # events that a listener may be behind

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """An event with its number, and when it happened (ms since the epoch)."""

    number: int
    at: int
    event: Event

    @property
    def is_end(self) -> bool:
        """Whether the job has ended with it."""
        return self.event.what in FINISHED


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who wants to hear of some jobs. What they have not read yet is bounded."""

    wants: Callable[[Event], bool]
    job_id: str | None  # of the only job, if it is one
    unread: deque[News] = field(default_factory=deque)
    is_behind: bool = False  # events were lost: those of `unread` are what comes after them
    _waiter: asyncio.Future[None] | None = None

    def hear(self, news: News) -> None:
        """Something happened."""
        if len(self.unread) >= MOST_UNREAD:
            self.lose()
        self.unread.append(news)
        self.wake()

    def lose(self) -> None:
        """Events are missing."""
        self.unread.clear()
        self.is_behind = True
        self.wake()

    def wake(self) -> None:
        """There is something to read, or to say."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def catch_up(self) -> None:
        """What is unread is known otherwise."""
        self.unread.clear()
        self.is_behind = False

    def take(self) -> list[News]:
        """All that is unread."""
        taken = list(self.unread)
        self.unread.clear()
        return taken

    async def wait(self, seconds: float) -> None:
        """Until there is something to read, or so long."""
        if self.unread or self.is_behind:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._waiter], timeout=seconds)


class Live:
    """The reader, and those who listen."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._kept: deque[News] = deque()
        self._by_job: dict[str, deque[News]] = {}
        self._newest = 0  # the number of the newest event that was read
        self._oldest = 0  # of the oldest that is kept, or will be
        self._broad: set[Listener] = set()
        self._narrow: dict[str, set[Listener]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._moved = asyncio.Event()
        self._needed_at = 0.0  # on the loop's clock: when somebody listened last
        self.is_closed = False

    @property
    def newest(self) -> int:
        """The number of the newest event."""
        return self._newest

    def has_all_since(self, number: int) -> bool:
        """Whether every event after that number is known here."""
        return self._oldest - 1 <= number <= self._newest

    def past(self, listener: Listener, after: int) -> list[News]:
        """Events after that number that are kept, and that the listener wants."""
        kept = self._kept if listener.job_id is None else self._by_job.get(listener.job_id, ())
        return [news for news in kept if news.number > after and listener.wants(news.event)]

    @contextmanager
    def listening(self, wants: Callable[[Event], bool], job_id: str | None = None) -> Iterator[Listener]:
        """Hear of what `wants` says yes to. Call `ready` before looking at the past."""
        listener = Listener(wants, job_id)
        self._join(listener)
        try:
            yield listener
        finally:
            self._leave(listener)

    async def ready(self) -> None:
        """All that had happened when this was called has been read, or all is over here. Raises `StoreUnavailable`."""
        if self.is_closed:
            return  # nobody would end a reader that began now
        if self._reading is None or self._reading.done():
            self._ready.clear()
            self._reading = asyncio.create_task(self._read())
        reading = self._reading
        told = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait({told, reading}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not self._ready.is_set() and not reading.cancelled() and (error := reading.exception()):
            raise error
        before = self._newest
        self._heed(number := await events.newest(self._link.redis), before)
        await self._catch_up(number)

    async def _catch_up(self, number: int) -> None:
        try:
            async with asyncio.timeout(CATCH_UP):
                while self._newest < number and not self.is_closed:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError as error:
            raise StoreUnavailable("The store's events do not arrive.") from error

    async def ended(self, tenant: str, job_id: str, seconds: float, rev: int = 0) -> None:
        """Returns once the job has ended by a write later than `rev`, or after so many seconds, or if all is over here.

        Raises `StoreUnavailable`.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds

        def is_end(event: Event) -> bool:
            return event.what in FINISHED and event.rev > rev and event.tenant == tenant

        with self.listening(is_end, job_id) as listener:
            await self.ready()
            if self.past(listener, 0):
                return
            while not listener.unread and not listener.is_behind and not self.is_closed and loop.time() < deadline:
                await listener.wait(deadline - loop.time())

    async def close(self) -> None:
        """Tell all who listen that it is over."""
        self.is_closed = True
        self._moved.set()
        for listener in self._listeners():
            listener.wake()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def _listeners(self) -> list[Listener]:
        return [*self._broad, *(listener for several in self._narrow.values() for listener in several)]

    def _join(self, listener: Listener) -> None:
        if listener.job_id is None:
            self._broad.add(listener)
        else:
            self._narrow.setdefault(listener.job_id, set()).add(listener)

    def _leave(self, listener: Listener) -> None:
        if listener.job_id is None:
            self._broad.discard(listener)
        else:
            others = self._narrow[listener.job_id]
            others.discard(listener)
            if not others:
                del self._narrow[listener.job_id]
        self._needed_at = asyncio.get_running_loop().time()

    def _is_needed(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._broad or self._narrow:
            self._needed_at = now
        return now - self._needed_at < LINGER

    async def _read(self) -> None:
        newest = await events.newest(self._link.redis)
        self._begin(await events.kept(self._link.redis), newest)
        self._ready.set()
        was_away = False
        while self._is_needed() and not was_cancelled():
            try:
                if was_away:
                    self._heed(await events.newest(self._link.redis), self._newest)
                was_away = False
                entries = await events.later(self._link.redis, self._newest)
            except StoreUnavailable as error:
                log.warning("events wait for the store", reason=str(error))
                was_away = True
                await asyncio.sleep(ASK_AGAIN)
            else:
                for entry in entries:
                    self._take(entry)

    def _begin(self, entries: list[Entry], newest: int) -> None:
        """From what the store has kept."""
        self._forget(entries[0].first if entries else newest + 1)
        for entry in entries:
            self._take(entry, quietly=True)

    def _heed(self, newest: int, seen: int) -> None:
        """A store that has lost the last of what it told, in a failover perhaps, gives those numbers again."""
        if newest < seen:
            for listener in self._listeners():
                listener.lose()
            self._forget(newest + 1)

    def _forget(self, next_number: int) -> None:
        self._kept.clear()
        self._by_job.clear()
        self._oldest, self._newest = next_number, next_number - 1

    def _take(self, entry: Entry, *, quietly: bool = False) -> None:
        if entry.first != self._newest + 1:  # the store had to forget what we have not read, or this is the very first
            if self._newest:
                for listener in self._listeners():
                    listener.lose()
            self._forget(entry.first)
        for number, event in enumerate(entry.events, entry.first):
            news = News(number, entry.at, event)
            self._keep(news)
            if not quietly:
                self._pass_on(news)
        self._moved.set()

    def _keep(self, news: News) -> None:
        self._newest = news.number
        self._kept.append(news)
        self._by_job.setdefault(news.event.job_id, deque()).append(news)
        if len(self._kept) > KEPT_EVENTS:
            oldest = self._kept.popleft()
            self._oldest = oldest.number + 1
            of_job = self._by_job[oldest.event.job_id]
            of_job.popleft()
            if not of_job:
                del self._by_job[oldest.event.job_id]

    def _pass_on(self, news: News) -> None:
        for listeners in (self._broad, self._narrow.get(news.event.job_id, ())):
            for listener in listeners:
                if listener.wants(news.event):
                    listener.hear(news)
