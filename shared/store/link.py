"""The link to the store that all parts of it share: the connections, the store's clock, and scripts run by it."""

import time
from collections.abc import Sequence
from typing import Any, Protocol

from redis.asyncio import Redis

from shared.job import Job
from shared.store.clock import StoreClock
from shared.store.connection import Argument, Script, connect, run_scripts, store_errors


class Observer(Protocol):
    """Whoever wants to know of calls to the store."""

    def called(self, scripts: str, seconds: float, *, failed: bool) -> None:
        """The scripts of a call by their names, how many seconds it took, and whether it failed."""

    def handled(self, verb: str, jobs: int) -> None:
        """So many jobs were settled, or claimed, in one call."""

    def submitted(self, jobs: Sequence[Job]) -> None:
        """These were, in one call."""


class Link:
    """One process's link. It connects when it is first used, and again whenever it has to."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.observer: Observer | None = None
        self._clock = StoreClock()

    @classmethod
    def to(cls, url: str) -> "Link":
        """A link that is not used yet."""
        return cls(connect(url))

    async def close(self) -> None:
        """Give the connections back."""
        await self.redis.aclose()

    def now(self) -> int:
        """Milliseconds since the epoch, by the store's clock."""
        return self._clock.now()

    async def synchronise(self) -> None:
        """Ask the store for its time, and so whether it is there."""
        with store_errors():
            seconds, microseconds = await self.redis.time()
        self._clock.told(seconds * 1000 + microseconds // 1000)

    async def run(self, *calls: tuple[Script, Sequence[Argument]], repeatable: bool = True) -> list[Any]:
        """Run scripts in one round trip. The last one's reply is, or begins with, the store's time."""
        if self.observer is None:
            replies = await run_scripts(self.redis, calls, repeatable=repeatable)
        else:
            replies = await self._observed(self.observer, calls, repeatable=repeatable)
        last = replies[-1]
        self._clock.told(last if isinstance(last, int) else last[0])
        return replies

    async def _observed(
        self, observer: Observer, calls: Sequence[tuple[Script, Sequence[Argument]]], *, repeatable: bool
    ) -> list[Any]:
        began, failed = time.perf_counter(), True
        try:
            replies = await run_scripts(self.redis, calls, repeatable=repeatable)
            failed = False
        finally:
            names = "+".join(called.name for called, _ in calls)
            observer.called(names, time.perf_counter() - began, failed=failed)
        return replies
