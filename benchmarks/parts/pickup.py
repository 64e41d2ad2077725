"""How soon an idle worker begins a job."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import Measure, Sample, percentile
from benchmarks.parts import Part
from benchmarks.peers import Peer
from benchmarks.processes import run, wait_until, wait_until_quiet

P50 = Measure("from submit to start, p50", "ms", "less")
P99 = Measure("from submit to start, p99", "ms", "less")
JOBS = 150
FIRST = 20  # jobs that show that the worker is up
ARQ_DEFAULT_POLL = 0.5  # seconds
TUNED = "idle worker"
UNTUNED = "idle worker, arq's default poll of 0.5 s"


def pick_up(server: Server, peer: Peer, case: str) -> Iterator[Sample]:
    """Submit jobs one by one, 5 to 15 ms apart. Each processor writes down how long ago its job was submitted."""
    stamps = server.scratch / "stamps"
    stamps.write_text("")
    with server.workers(peer, settings={"BENCH_STAMPS": str(stamps)}) as workers, server.client(peer) as redis:
        server.fill(peer, FIRST)
        wait_until(lambda: peer.finished(redis, FIRST) == FIRST, "the worker is up", workers)
        wait_until_quiet(workers)
        run([*peer.client, "stamp", str(JOBS)], server.settings(peer))
        wait_until(lambda: len(_latencies(stamps)) == JOBS, "all jobs have begun", workers)
    latencies = _latencies(stamps)
    yield Sample(P50, peer.name, percentile(latencies, 0.5), case)
    yield Sample(P99, peer.name, percentile(latencies, 0.99), case)


def _latencies(stamps: Path) -> list[float]:
    """In ms; a line that is still being written does not count."""
    return [int(line) / 1e6 for line in stamps.read_text().splitlines(keepends=True) if line.endswith("\n")]


def idle_workers(bench: Bench) -> Iterator[Sample]:
    """All peers, and arq as it comes, too."""
    untuned = [replace(peer, settings={"BENCH_POLL": str(ARQ_DEFAULT_POLL)}) for peer in bench.named("arq")]
    with valkey(durable=False) as server:
        yield from bench.in_turn(
            [*bench.peers, *untuned], lambda peer: pick_up(server, peer, UNTUNED if peer in untuned else TUNED)
        )


PICKUP = Part(
    "pickup",
    "Pick-up by an idle worker",
    "From the call that submits to the first line of the processor, on one clock: 150 jobs a round, 5 to 15 ms apart.",
    idle_workers,
)
