"""The command line of a submitter: `fill N BYTES` submits N no-op jobs, `stamp N` submits N jobs one by one.

BYTES is the size of the text in each payload; 0 is an empty payload. Between jobs that go one by one pass 5 to 15 ms,
so that each finds the worker idle. It stands alone, as `noop/stamps.py` does.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

SHORTEST_GAP, SPREAD = 0.005, 0.010  # seconds
GOLDEN = 0.618  # the multiples of it, modulo 1, are spread evenly


class Submitter(Protocol):
    """A peer's own way to submit."""

    async def fill(self, count: int, payload: dict[str, Any]) -> None:
        """Submit so many jobs that do nothing, as fast as it goes."""

    async def stamp(self, submitted_at: int) -> None:
        """Submit a job that will tell how long it waited since then."""


Connect = Callable[[str], AbstractAsyncContextManager[Submitter]]


def main(connect: Connect) -> None:
    """Do what the command line asks."""
    verb, count, *size = sys.argv[1:]
    asyncio.run(_submit(connect, verb, int(count), payload_of(*map(int, size))))


def payload_of(size: int = 0) -> dict[str, Any]:
    """A payload with so long a text."""
    return {"text": "x" * size} if size else {}


async def _submit(connect: Connect, verb: str, count: int, payload: dict[str, Any]) -> None:
    async with connect(os.environ["REDIS_URL"]) as submitter:
        if verb == "fill":
            await submitter.fill(count, payload)
            return
        async for _ in _paced(count):
            await submitter.stamp(time.monotonic_ns())


async def _paced(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(SHORTEST_GAP + SPREAD * (number * GOLDEN % 1))
        yield number
