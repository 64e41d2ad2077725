"""Submitting scripted jobs, and waiting for what real workers make of them."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shared import lifecycle
from shared.job import FINISHED, Job
from shared.store import Store, WorkerInfo, keys
from tests.waiting import until

Submit = Callable[..., Any]
RETURN = {"do": "return", "value": 1}
SLEEP = {"do": "sleep", "seconds": 60}
RECOVERY = 12.0  # seconds: promise P3


async def finished(store: Store, job: Job, within: float = 20.0) -> Job:
    async def look() -> Job | None:
        current = (await store.view(job.tenant, job.id)).job
        return current if current.status in FINISHED else None

    return await until(look, f"the end of {job.id}", within)


async def cancel(store: Store, redis: Any, job: Job) -> Job:
    """As the API does it: first the record, then an order for the worker that runs it."""
    asked = await store.change(job.tenant, job.id, lambda job: lifecycle.cancel(job, store.now()))
    order(redis, asked.worker, {"cancel": asked.id, "fence": asked.fence})
    return asked


def order(redis: Any, worker: str, what: Any) -> None:
    redis.rpush(keys.ORDERS + worker, json.dumps(what))


async def alive(store: Store, *workers: "subprocess.Popen[bytes]") -> list[WorkerInfo]:
    async def look() -> list[WorkerInfo] | None:
        infos = [info for info in await store.workers() if info.pid in {worker.pid for worker in workers}]
        return infos if len(infos) == len(workers) else None

    return await until(look, f"{len(workers)} workers")


def lines(ledger: Path) -> Sequence[str]:
    return ledger.read_text().splitlines() if ledger.exists() else []


async def written(ledger: Path, count: int) -> Sequence[str]:
    async def look() -> Sequence[str] | None:
        return lines(ledger) if len(lines(ledger)) >= count else None

    return await until(look, f"{count} lines in the ledger")


async def ended(process: "subprocess.Popen[bytes]", within: float = 20.0) -> int:
    return await asyncio.to_thread(process.wait, within)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
