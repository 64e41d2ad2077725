"""Waiting for several things at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def first_of(*waits: Coroutine[Any, Any, T]) -> T:
    """What the first to end answers or raises; the others are cancelled. Of two at once, the earlier argument wins."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def remind(say: Callable[[str], None], what: Callable[[], str], every: float) -> None:
    """Say what is being waited for, every so many seconds, for ever."""
    while True:
        await asyncio.sleep(every)
        say(what())
