"""Waiting for what other processes do: look again and again, for so long, and say what was waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_EVERY = 0.01  # seconds


async def until(look: Callable[[], Awaitable[T | None]], what: str, within: float = 20.0) -> T:
    """The first answer that is neither None nor False."""
    end = time.monotonic() + within
    while not (answer := await look()):
        if time.monotonic() > end:
            raise AssertionError(f"Not seen within {within:g} s: {what}.")
        await asyncio.sleep(LOOK_EVERY)
    return answer
