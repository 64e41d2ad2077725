"""The bell that submission rings: an idle worker hears of a new job at once, without asking all the time."""

import asyncio
from collections.abc import Callable, Iterable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.cancelling import was_cancelled
from shared.store import keys

PATIENCE = 1.0  # seconds to wait for the bell; then the worker looks anyway. Less than the socket's timeout.

log = structlog.get_logger(__name__)


class Bell:
    """Those of a worker's queues. Listens while it is wanted, on a connection that it holds for long."""

    def __init__(self, redis: Redis, queues: Iterable[str], rung: Callable[[], bool]) -> None:
        self._bells = [keys.BELL + queue for queue in queues]
        self._redis = redis
        self._rung = rung  # answers whether the worker can take a job now
        self._wanted = asyncio.Event()

    def want(self) -> None:
        """The worker would take a job now."""
        self._wanted.set()

    def ignore(self) -> None:
        """The worker is busy; what is already listened for still counts."""
        self._wanted.clear()

    async def listen(self) -> None:
        """Until cancelled. Without a store, the worker is woken every second and finds out by itself."""
        while not was_cancelled():
            await self._wanted.wait()
            try:
                ring = await self._redis.execute_command("BLPOP", *self._bells, PATIENCE)
                if not self._rung() and ring:
                    await self._redis.execute_command("LPUSH", ring[0], 1)  # somebody else may be free
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(PATIENCE)
                self._rung()
