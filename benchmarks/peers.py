"""Who takes part, with which commands, and where each keeps its count of finished jobs."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from benchmarks.figures import OURS
from benchmarks.install import BULLMQ, SAQ_PYTHON, NotToBeHad, Say, install_bullmq, install_saq
from shared.job import DEFAULT_TENANT, Status
from shared.store import keys

CONCURRENCY = 100
NODE = shutil.which("node") or "node"
ARQ_POLL = 0.01  # seconds; less than this costs processor time and gains nothing


@dataclass(frozen=True)
class Peer:
    """One system. `number` gives it databases of its own; `jobs` is how many it drains in about two seconds."""

    name: str
    number: int
    worker: Sequence[str]
    client: Sequence[str]
    finished: Callable[[Any, int], int]  # of a client of its database and the number of jobs submitted
    jobs: int
    api: Sequence[str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def warm_up(self) -> int:
        """Jobs that are drained before anything is measured."""
        return self.jobs // 5


def counted(command: str, key: str) -> Callable[[Any, int], int]:
    """The finished jobs are the members of this key."""
    return lambda redis, _: int(redis.execute_command(command, key))


def remaining(command: str, key: str) -> Callable[[Any, int], int]:
    """The unfinished jobs are the members of this key."""
    return lambda redis, submitted: submitted - int(redis.execute_command(command, key))


DMPS = Peer(
    name=OURS,
    number=0,
    worker=(sys.executable, "-m", "arq", "worker_service.WorkerSettings"),
    client=(sys.executable, "-m", "benchmarks.programs.ours"),
    finished=counted("ZCARD", keys.index(DEFAULT_TENANT, "noop", Status.COMPLETED)),
    jobs=20_000,
    api=(sys.executable, "-m", "api_service"),
    settings={"DMPS_PLUGINS": "benchmarks.noop", "DMPS_CONCURRENCY": str(CONCURRENCY)},
)
BULL = Peer(
    name="BullMQ",
    number=1,
    worker=(NODE, str(BULLMQ / "worker.mjs")),
    client=(NODE, str(BULLMQ / "submit.mjs")),
    finished=counted("ZCARD", "bull:bench:completed"),
    jobs=20_000,
    api=(NODE, str(BULLMQ / "api.mjs")),
    settings={"NODE_ENV": "production"},
)
ARQ = Peer(
    name="arq",
    number=2,
    worker=(sys.executable, "-m", "arq", "benchmarks.programs.plain_arq.WorkerSettings"),
    client=(sys.executable, "-m", "benchmarks.programs.plain_arq"),
    finished=remaining("ZCARD", "arq:queue"),
    jobs=2_000,
    settings={"BENCH_POLL": str(ARQ_POLL)},
)
SAQ = Peer(
    name="SAQ",
    number=3,
    worker=(str(SAQ_PYTHON), "-m", "saq", "benchmarks.programs.simple_queue.settings"),
    client=(str(SAQ_PYTHON), "-m", "benchmarks.programs.simple_queue"),
    finished=remaining("ZCARD", "saq:bench:incomplete"),
    jobs=2_000,
)
PEERS = (DMPS, BULL, ARQ, SAQ)
INSTALL: Mapping[str, Callable[[Say], None]] = {BULL.name: install_bullmq, SAQ.name: install_saq}


def ready_peers(say: Say) -> tuple[tuple[Peer, ...], dict[str, str]]:
    """Install what is missing. Answers the peers that can run, and why the others cannot."""
    not_run = {}
    for name, install in INSTALL.items():
        try:
            install(say)
        except NotToBeHad as reason:
            not_run[name] = str(reason)
    return tuple(peer for peer in PEERS if peer.name not in not_run), not_run


def client_of(port: int, database: int) -> Any:  # noqa: ANN401 - redis-py types its answers for both of its clients
    """A client of one database."""
    return Redis(host="127.0.0.1", port=port, db=database)
