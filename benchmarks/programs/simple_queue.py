"""SAQ as a peer: the worker's settings, and, run as a program, the submitter.

SAQ lives in an environment of its own (`.venv-bench`), where no checker of ours looks: hence the import by name. Its
defaults stand, but for the concurrency, and each job is kept and retried as ours are.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.noop.stamps import write_latency
from benchmarks.programs import client

POLICY = {"ttl": 86_400, "retries": 3, "retry_delay": 1.0, "retry_backoff": True}  # as ours; it keeps them as long
AT_ONCE = 100  # submissions under way together


async def noop(ctx: dict[str, Any], **payload: Any) -> None:  # noqa: ANN401 - whatever was submitted
    """Do nothing."""


async def stamp(_: dict[str, Any], *, submitted_at: int) -> None:
    """Write down how long ago the job was submitted."""
    write_latency(submitted_at)


def queue(url: str) -> Any:  # noqa: ANN401 - SAQ's own class, which is not installed here
    """SAQ's queue on that store."""
    return importlib.import_module("saq").Queue.from_url(url, name="bench")


def __getattr__(name: str) -> dict[str, Any]:
    """`settings`, made when the worker asks for them: `saq benchmarks.programs.simple_queue.settings` (PEP 562)."""
    if name != "settings":
        raise AttributeError(name)
    return {
        "queue": queue(os.environ["REDIS_URL"]),
        "functions": [noop, stamp],
        "concurrency": int(os.environ["BENCH_CONCURRENCY"]),
    }


class SimpleQueue:
    """SAQ's own way to submit."""

    def __init__(self, queue: Any) -> None:  # noqa: ANN401 - see above
        self._queue = queue

    async def fill(self, count: int, payload: dict[str, Any]) -> None:
        """Submit so many jobs that do nothing."""
        for start in range(0, count, AT_ONCE):
            await asyncio.gather(
                *(self._queue.enqueue("noop", **POLICY, **payload) for _ in range(min(AT_ONCE, count - start))),
            )

    async def stamp(self, submitted_at: int) -> None:
        """Submit a job that will tell how long it waited since then."""
        await self._queue.enqueue("stamp", **POLICY, submitted_at=submitted_at)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[SimpleQueue]:
    """The submitter on that store."""
    connected = queue(url)
    yield SimpleQueue(connected)
    await connected.disconnect()


if __name__ == "__main__":
    client.main(connect)
