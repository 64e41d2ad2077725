"""What a waiting job takes in the store."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.peers import Peer

BYTES = Measure("a waiting job", "bytes", "less")
JOBS = 100_000
SIZES = {"an empty payload": 0, "a text of 200 bytes": 200}


def weigh(server: Server, peer: Peer, case: str, size: int) -> Iterator[Sample]:
    """The growth of `used_memory`, divided by the number of jobs."""
    server.empty(peer)
    before = _used_memory(server, peer)
    server.fill(peer, JOBS, size=size)
    yield Sample(BYTES, peer.name, (_used_memory(server, peer) - before) / JOBS, case)
    server.empty(peer)


def _used_memory(server: Server, peer: Peer) -> int:
    with server.client(peer) as redis:
        return int(redis.info("memory")["used_memory"])


def waiting_jobs(bench: Bench) -> Iterator[Sample]:
    """Once: it comes out the same each time."""
    with valkey(durable=False) as server:
        for case, size in SIZES.items():
            for peer in bench.named(OURS, "BullMQ"):
                bench.say(f"{peer.name}: {case}")
                yield from weigh(server, peer, case, size)


MEMORY = Part(
    "memory",
    "Memory of a waiting job",
    f"The store's `used_memory` with {JOBS:,} waiting no-op jobs, less what it was before. Measured once.",
    waiting_jobs,
)
