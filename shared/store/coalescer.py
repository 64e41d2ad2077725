"""Many callers, one call: what arrives while a call is under way goes out together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Coalescer(Generic[Item]):
    """Gathers items of concurrent callers into calls of at most `most` items, one call at a time, in order."""

    def __init__(self, call: Callable[[Sequence[Item]], Awaitable[None]], most: int) -> None:
        self._call = call
        self._most = most
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def send(self, items: Sequence[Item]) -> None:
        """Returns once these items (at most `most`) went out, all in one call. Raises what that call raised."""
        loop = asyncio.get_running_loop()
        sent = loop.create_future()
        self._waiting.append((items, sent))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        await sent

    async def _drain(self) -> None:
        await asyncio.sleep(0)  # let the callers of this turn of the event loop join
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._call([item for items, _ in batch for item in items])
            except Exception as error:  # noqa: BLE001 - each caller gets it
                for _, sent in batch:
                    if not sent.done():
                        sent.set_exception(error)
            else:
                for _, sent in batch:
                    if not sent.done():  # its caller may have gone
                        sent.set_result(None)

    def _next_batch(self) -> list[tuple[Sequence[Item], asyncio.Future[None]]]:
        size, count = 0, 0
        for items, _ in self._waiting:
            size += len(items)
            if count and size > self._most:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
