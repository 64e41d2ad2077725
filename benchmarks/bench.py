"""What every part of a run is given: the peers, how many rounds, and a Valkey of its own with a database for each."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from benchmarks.figures import OURS, Sample
from benchmarks.install import Say
from benchmarks.peers import CONCURRENCY, Peer, client_of
from benchmarks.processes import ROOT, BenchFailed, Process, run, running
from shared.embedded import EmbeddedStore

NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
SCRATCH = ROOT / ".dmps"  # where `make dev` keeps its store, so the disk is the same


@dataclass(frozen=True)
class Bench:
    """One run."""

    rounds: int
    peers: tuple[Peer, ...]
    say: Say
    part: str = ""
    not_run: dict[str, str] = field(default_factory=dict)  # who, and why; filled when a peer fails
    versions: dict[str, str] = field(default_factory=dict)  # of peers that tell them themselves

    def named(self, *names: str) -> tuple[Peer, ...]:
        """Those of these names that take part."""
        return tuple(peer for peer in self.peers if peer.name in names)

    def in_turn(self, peers: Sequence[Peer], measure: Callable[[Peer], Iterable[Sample]]) -> Iterator[Sample]:
        """Measure one peer after the other, round after round. A peer that fails is left out of the part; we are not.

        Raises `BenchFailed`.
        """
        for number in range(self.rounds):
            for peer in peers:
                if self._place(peer) not in self.not_run:
                    self.say(f"round {number + 1} of {self.rounds}: {peer.name}")
                    yield from self._measured(peer, measure)

    def _measured(self, peer: Peer, measure: Callable[[Peer], Iterable[Sample]]) -> Iterable[Sample]:
        try:
            return list(measure(peer))
        except BenchFailed as error:
            if peer.name == OURS:
                raise
            self.say(error.details)
            self.not_run[self._place(peer)] = str(error)
            return []

    def _place(self, peer: Peer) -> str:
        return f"{peer.name} in {self.part}"


@dataclass(frozen=True)
class Server:
    """A running Valkey, on a port of this machine."""

    port: int
    scratch: Path

    def database(self, peer: Peer, *, behind: bool = False) -> int:
        """A peer has two: the one it works on, and one behind it, to be filled and then swapped in."""
        return 2 * peer.number + behind

    def client(self, peer: Peer, *, behind: bool = False) -> Any:  # noqa: ANN401 - see client_of
        """A client of a peer's database."""
        return client_of(self.port, self.database(peer, behind=behind))

    def settings(self, peer: Peer, *, behind: bool = False, port: int | None = None) -> Mapping[str, str]:
        """What a peer's programs are told. `port`: go through that one instead."""
        url = f"redis://127.0.0.1:{port or self.port}/{self.database(peer, behind=behind)}"
        common = {"REDIS_URL": url, "BENCH_CONCURRENCY": str(CONCURRENCY), "DMPS_DATA_DIR": str(self.scratch)}
        return {**common, **peer.settings}

    def fill(self, peer: Peer, jobs: int, *, size: int = 0, behind: bool = False) -> None:
        """Submit so many jobs that do nothing, each with a text of that size (bytes) in its payload."""
        run([*peer.client, "fill", str(jobs), str(size)], self.settings(peer, behind=behind))

    @contextmanager
    def workers(
        self, peer: Peer, count: int = 1, port: int | None = None, settings: Mapping[str, str] = NOTHING_MORE
    ) -> Iterator[list[Process]]:
        """Running workers of a peer, on an empty database."""
        self.empty(peer)
        with running(count, peer.worker, {**self.settings(peer, port=port), **settings}, self.scratch) as started:
            yield started
        self.empty(peer)

    def empty(self, peer: Peer) -> None:
        """Remove all that a peer has stored."""
        for behind in (False, True):
            with self.client(peer, behind=behind) as redis:
                redis.execute_command("FLUSHDB", "SYNC")

    def cpu_seconds(self) -> float:
        """Processor time of the server so far."""
        with client_of(self.port, 0) as redis:
            info = redis.info("cpu")
        return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


@contextmanager
def valkey(*, durable: bool) -> Iterator[Server]:
    """A fresh Valkey: with an append-only file that is synced on every write, or with nothing on disk at all.

    The file is not rewritten meanwhile: that would hit whoever happens to be measured.
    """
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=SCRATCH) as directory:
        scratch = Path(directory)
        with EmbeddedStore(scratch / "store", port=0, durable=durable) as store:
            port = int(store.url.rpartition(":")[2].partition("/")[0])
            with client_of(port, 0) as redis:
                redis.execute_command("CONFIG", "SET", "auto-aof-rewrite-percentage", "0")
            yield Server(port, scratch)
