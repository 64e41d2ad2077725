"""Plain arq as a peer: the worker's settings, and, run as a program, the submitter.

arq's defaults would hold it back here, so they are set as its users set them for throughput: 100 jobs at a time
(default 10), a look at the queue every `BENCH_POLL` seconds (default 0.5), no line in the log for each job.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from arq.connections import ArqRedis, RedisSettings, create_pool

from benchmarks.noop.stamps import write_latency
from benchmarks.programs import client

KEEP = 86_400  # seconds, as we keep a completed job
AT_ONCE = 100  # submissions under way together


async def noop(ctx: dict[str, Any], **payload: Any) -> None:  # noqa: ANN401 - whatever was submitted
    """Do nothing."""


async def stamp(_: dict[str, Any], submitted_at: int) -> None:
    """Write down how long ago the job was submitted."""
    write_latency(submitted_at)


async def quiet(_: dict[str, Any]) -> None:
    """Write no line for each job, as we write none."""
    logging.getLogger("arq").setLevel(logging.WARNING)


class WorkerSettings:
    """What `arq benchmarks.programs.plain_arq.WorkerSettings` runs."""

    functions = (noop, stamp)
    on_startup = quiet
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost:6379"))
    max_jobs = int(os.environ.get("BENCH_CONCURRENCY", "100"))
    poll_delay = float(os.environ.get("BENCH_POLL", "0.01"))
    keep_result = KEEP
    log_results = False


class PlainArq:
    """arq's own way to submit."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool

    async def fill(self, count: int, payload: dict[str, Any]) -> None:
        """Submit so many jobs that do nothing."""
        for start in range(0, count, AT_ONCE):
            await asyncio.gather(
                *(self._pool.enqueue_job("noop", **payload) for _ in range(min(AT_ONCE, count - start))),
            )

    async def stamp(self, submitted_at: int) -> None:
        """Submit a job that will tell how long it waited since then."""
        await self._pool.enqueue_job("stamp", submitted_at)


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[PlainArq]:
    """The submitter on that store."""
    pool = await create_pool(RedisSettings.from_dsn(url))
    yield PlainArq(pool)
    await pool.aclose()


if __name__ == "__main__":
    client.main(connect)
