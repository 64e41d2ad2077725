"""Many callers, one call: what arrives while a call is under way goes out together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Coalescer(Generic[Item, Answer]):
    """Gathers items of concurrent callers into calls of at most `most` items and `heaviest` in all, one at a time.

    What one caller sends goes out in one call, however heavy it is.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Answer]],
        weigh: Callable[[Item], int],
        most: int,
        heaviest: int,
    ) -> None:
        self._call = call
        self._weigh = weigh
        self._most = most
        self._heaviest = heaviest
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def send(self, items: Sequence[Item]) -> Answer:
        """What the call answered, once these items (at most `most`) went out in it. Raises what that call raised."""
        loop = asyncio.get_running_loop()
        sent: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((items, sent))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        return await sent

    async def _drain(self) -> None:
        await asyncio.sleep(0)  # let the callers of this turn of the event loop join
        while self._waiting:
            batch = self._next_batch()
            try:
                answer = await self._call([item for items, _ in batch for item in items])
            except Exception as error:  # noqa: BLE001 - each caller gets it
                for _, sent in batch:
                    if not sent.done():
                        sent.set_exception(error)
            else:
                for _, sent in batch:
                    if not sent.done():  # its caller may have gone
                        sent.set_result(answer)

    def _next_batch(self) -> list[tuple[Sequence[Item], asyncio.Future[Answer]]]:
        size = weight = count = 0
        for items, _ in self._waiting:
            size += len(items)
            weight += sum(map(self._weigh, items))
            if count and (size > self._most or weight > self._heaviest):
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
