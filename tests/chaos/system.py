"""The system under test: a durable store, the API and workers as processes, in a directory of their own."""

import io
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout
from redis.asyncio import Redis

from shared.embedded import EmbeddedStore
from shared.errors import StoreUnavailable
from shared.store import Store
from shared.store.connection import connect
from tests.chaos.proxy import Address
from tests.processes import API, WORKER, Fleet
from tests.waiting import until

Process = subprocess.Popen[bytes]

SLOTS = 10  # of each worker
PATIENCE = 30.0  # seconds for processes to start on a busy machine
CALL = ClientTimeout(total=15)
LOG_LEVEL = "info"


class System:
    """Start, stop and break its parts as you like. `redis` and `reader` go straight to the store, past any proxy."""

    def __init__(self, directory: Path, store: EmbeddedStore) -> None:
        self.directory = directory
        self.ledger = directory / "ledger"
        self.store = store
        self.api_port = free_port()
        self.reader = Store.connect(store.url)
        self.redis: Redis = connect(store.url)
        self.http = ClientSession(f"http://127.0.0.1:{self.api_port}", timeout=CALL)
        self.fleet = Fleet(directory, self._settings())

    @property
    def address(self) -> Address:
        """Where the store listens, for a proxy."""
        return "127.0.0.1", self.store.port or 0

    @property
    def workers(self) -> list[Process]:
        """The workers that run."""
        return [process for process in self.fleet.processes if _is_worker(process) and process.poll() is None]

    def worker(self, url: str | None = None, command: Sequence[str] = WORKER, **settings: str) -> Process:
        """Start a worker, against the store or a proxy."""
        return self.fleet.start(tuple(command), **_at(url), **settings)

    def api(self, url: str | None = None, **settings: str) -> Process:
        """Start the API. Its port stays the same."""
        return self.fleet.start(API, PORT=str(self.api_port), **_at(url), **settings)

    @staticmethod
    def is_api(process: Process) -> bool:
        """Whether it is one."""
        return process.args == API

    def log(self, process: Process) -> str:
        """What a process wrote."""
        return self.fleet.log(process)

    async def ready(self, *workers: Process) -> None:
        """Wait until the API answers and these workers live."""
        wanted = {worker.pid for worker in workers}

        async def look() -> bool:
            try:
                async with self.http.get("/health/ready") as response:
                    if response.status != 200:
                        return False
                    return wanted <= {worker["pid"] for worker in (await response.json())["workers"]}
            except (ClientError, TimeoutError):
                return False

        await until(look, f"an API with {len(wanted)} workers", PATIENCE)

    async def restart_store(self) -> None:
        """Start the store again, and wait until it answers."""
        self.store.spawn()

        async def look() -> bool:
            return self.store.answers()

        await until(look, "the store", PATIENCE)

    async def fail_over(self, promoted: EmbeddedStore) -> EmbeddedStore:
        """From now on, `redis` and `reader` go to that store. Answers the one that was left, for the caller to end."""
        left, self.store = self.store, promoted
        await self.reader.close()
        await self.redis.aclose()
        self.reader, self.redis = Store.connect(promoted.url), connect(promoted.url)
        return left

    async def close(self) -> None:
        """End all of it."""
        with redirect_stdout(io.StringIO()):  # the logs stay in their files
            self.fleet.__exit__(None, None, None)
        await self.http.close()
        await self.reader.close()
        await self.redis.aclose()
        self.store.stop()

    def _settings(self) -> dict[str, str]:
        return {
            "REDIS_URL": self.store.url,
            "DMPS_PLUGINS": "tests.chaos.jobs",
            "DMPS_DATA_DIR": str(self.directory / "data"),
            "DMPS_CONCURRENCY": str(SLOTS),
            "DMPS_CHILDREN": "1",
            "DMPS_LOG_LEVEL": LOG_LEVEL,
        }


@asynccontextmanager
async def system(directory: Path) -> AsyncIterator[System]:
    """A store that runs, and nothing else yet."""
    store = EmbeddedStore(directory / "store", port=0)
    store.start()
    started = System(directory, store)
    try:
        yield started
    finally:
        await started.close()


async def ended(process: Process, within: float = PATIENCE) -> int:
    """Wait until a process has ended, and answer its exit status."""

    async def look() -> bool:
        return process.poll() is not None

    await until(look, f"the end of process {process.pid}", within)
    return process.wait()


async def store_is_away(system: System) -> bool:
    """Whether the store does not answer."""
    try:
        await system.reader.synchronise()
    except StoreUnavailable:
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_of(pid: int) -> int:
    """The resident memory of a process, in bytes (proc(5), statm)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _at(url: str | None) -> dict[str, str]:
    return {} if url is None else {"REDIS_URL": url}


def _is_worker(process: Process) -> bool:
    return isinstance(process.args, tuple) and process.args != API
