"""Ten thousand listeners of one API process: `python -m benchmarks.listeners [COUNT]`.

Half of them follow a job each, half follow all jobs of a queue. What is measured: the memory of the API; from the call
that writes an event to its arrival at one listener, while all the others are there; and to the last of the many who
follow the queue. Writes `benchmarks/results/api/DATE-COMMIT-listeners.json`.
"""

import asyncio
import json
import resource
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Raw

from benchmarks.machine import commit, machine
from benchmarks.processes import Process, running, wait_until
from shared import lifecycle
from shared.embedded import EmbeddedStore
from shared.ids import Ids
from shared.job import Job, Priority
from shared.store import ClaimRequest, Share, Store, Tidings
from shared.store.views import Progress, encode_progress

COUNT = 10_000
OPENING = 200  # connections at a time
ROUNDS = 50
RESULTS = Path(__file__).parent / "results" / "api"
PATIENCE = 60.0  # seconds

_ids = Ids(secrets.randbits)


class Listener:
    """A connection that follows something."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path

    async def open(self) -> None:
        """Connect, and read until the stream has begun."""
        self.reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=4096)
        self._writer.write(f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await self.reader.readuntil(b"retry: ")

    async def hear(self, word: bytes) -> float:
        """When that word came."""
        while word not in await self.reader.readline():
            pass
        return time.perf_counter()

    def close(self) -> None:
        """Go."""
        self._writer.close()


def new_job(store: Store, queue: str) -> Job:
    """A job of a queue."""
    now = store.now()
    return lifecycle.submit(
        id=_ids.next(now),
        type="calculation",
        payload=Raw(b"{}"),
        now=now,
        tenant="default",
        queue=queue,
        max_attempts=1,
        timeout=30,
    )


async def opened(port: int, paths: Sequence[str]) -> list[Listener]:
    """So many listeners, all connected."""
    opening = asyncio.Semaphore(OPENING)
    listeners = [Listener(port, path) for path in paths]

    async def open_one(listener: Listener) -> None:
        async with opening:
            await listener.open()

    await asyncio.gather(*map(open_one, listeners))
    return listeners


async def one(store: Store, listeners: Sequence[Listener], jobs: Sequence[Job]) -> list[float]:
    """Milliseconds from a job's telling of its progress until its only listener has heard."""
    request = ClaimRequest(
        worker="bench",
        place="bench",
        nonce=secrets.token_hex(8),
        lease=600_000,
        loop_types=("calculation",),
        child_types=(),
        slots=ROUNDS,
        children=0,
        queues=(Share("followed", Priority.NORMAL, 0),),
    )
    _, claims = await store.write_and_claim([], request)
    following = {job.id: listener for job, listener in zip(jobs, listeners, strict=True)}
    times = []
    for job in claims.jobs:
        began = time.perf_counter()
        await store.tell([Tidings(job.id, job.fence + 1, encode_progress(Progress(50, "half")), ())])
        times.append((await following[job.id].hear(b"event: progress") - began) * 1e3)
    return sorted(times)


async def many(store: Store, listeners: Sequence[Listener]) -> list[float]:
    """Milliseconds from a job's submission until the last of those who follow its queue has heard."""
    times = []
    for _ in range(5):
        hearing = [asyncio.ensure_future(listener.hear(b"event: pending")) for listener in listeners]
        await asyncio.sleep(0)
        began = time.perf_counter()
        await store.submit([new_job(store, "crowd")])
        times.append((max(await asyncio.gather(*hearing)) - began) * 1e3)
    return sorted(times)


async def measure(url: str, port: int, api: Process, count: int) -> dict[str, float]:
    """All figures."""
    store = Store.connect(url)
    await store.synchronise()
    jobs = [new_job(store, "followed") for _ in range(count // 2)]
    await store.submit(jobs)
    before, began = memory(api, "VmRSS"), time.perf_counter()
    paths = [f"/api/jobs/{job.id}/events" for job in jobs] + ["/api/events?queue=crowd"] * (count - len(jobs))
    listeners = await opened(port, paths)
    seconds = time.perf_counter() - began
    narrow = await one(store, listeners[: len(jobs)], jobs)
    broad = await many(store, listeners[len(jobs) :])
    figures = {
        "listeners": count,
        "seconds until all listen": seconds,
        "memory before (MB)": before,
        "memory (MB)": memory(api, "VmRSS"),
        "most memory (MB)": memory(api, "VmHWM"),
        "progress to its listener, p50 (ms)": narrow[len(narrow) // 2],
        "progress to its listener, max (ms)": narrow[-1],
        f"event to the last of {count - len(jobs)}, p50 (ms)": broad[len(broad) // 2],
    }
    for listener in listeners:
        listener.close()
    await store.close()
    return {name: round(value, 2) for name, value in figures.items()}


def memory(process: Process, what: str) -> float:
    """Of a process, in MB (proc(5): status)."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024 / 1e6


def free_port() -> int:
    """One that nobody uses now."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def main(count: int) -> None:
    """Measure, print, write down."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch, EmbeddedStore(Path(scratch) / "s", port=0, durable=False) as server:
        settings = {"REDIS_URL": server.url, "PORT": str(port), "DMPS_MAX_CONNECTIONS": str(count + 100)}
        with running(1, (sys.executable, "-m", "api_service"), settings, Path(scratch)) as processes:
            wait_until(lambda: is_open(port), "the API listens", processes)
            figures = asyncio.run(asyncio.wait_for(measure(server.url, port, processes[0], count), 10 * PATIENCE))
    for name, value in figures.items():
        sys.stdout.write(f"{name:40} {value:>12,}\n")
    now = datetime.now(UTC)
    written = {"commit": commit(), "date": now.isoformat(timespec="seconds"), "machine": machine(), "figures": figures}
    path = RESULTS / f"{now:%Y-%m-%d}-{commit().rstrip('+')}-listeners.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(written, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
