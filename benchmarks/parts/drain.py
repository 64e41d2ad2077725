"""How fast jobs that do nothing are drained."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.peers import Peer
from benchmarks.processes import Process, cpu_time_is_told, wait_until, wait_until_quiet

RATE = Measure("drained", "jobs/s", "more")
WORKER_TIME = Measure("processor time of the workers", "µs/job", "less")
STORE_TIME = Measure("processor time of the store", "µs/job", "less")
FLEETS = (2, 4)  # worker processes, beyond one
FLEET_JOBS = 15_000


@dataclass(frozen=True)
class Load:
    """What is drained: `jobs` by `workers` processes, after `warm_up` others, through `port` if one is given."""

    jobs: int
    warm_up: int
    workers: int = 1
    port: int | None = None
    case: str = ""


def usual(peer: Peer) -> Load:
    """One worker, and about two seconds of work."""
    return Load(peer.jobs, peer.warm_up, case="1 worker process")


def drain(server: Server, peer: Peer, load: Load) -> Iterator[Sample]:
    """Drain once.

    Workers that run and have warmed up get all jobs at once: they were submitted to the database behind, which is then
    swapped in. The clock runs from the first look that sees a job finished to the one that sees all, so no start-up
    counts.
    """
    with server.workers(peer, load.workers, load.port) as workers, server.client(peer) as redis:
        server.fill(peer, load.warm_up)
        wait_until(lambda: peer.finished(redis, load.warm_up) == load.warm_up, "the warm-up is done", workers)
        server.fill(peer, load.jobs, behind=True)
        wait_until_quiet(workers)
        yield from _timed(server, peer, load, workers, redis)


def _timed(server: Server, peer: Peer, load: Load, workers: list[Process], redis: object) -> Iterator[Sample]:
    worker_time, store_time = _cpu_seconds(workers), server.cpu_seconds()
    with server.client(peer) as control:
        control.execute_command("SWAPDB", server.database(peer), server.database(peer, behind=True))
    wait_until(lambda: peer.finished(redis, load.jobs) > 0, "a job is finished", workers)
    began, already = time.perf_counter(), peer.finished(redis, load.jobs)
    wait_until(lambda: peer.finished(redis, load.jobs) == load.jobs, "all jobs are finished", workers)
    seconds = time.perf_counter() - began
    yield Sample(RATE, peer.name, (load.jobs - already) / seconds, load.case)
    if cpu_time_is_told():
        used = _cpu_seconds(workers) - worker_time
        yield Sample(WORKER_TIME, peer.name, used / load.jobs * 1e6, load.case)
    yield Sample(STORE_TIME, peer.name, (server.cpu_seconds() - store_time) / load.jobs * 1e6, load.case)


def _cpu_seconds(workers: list[Process]) -> float:
    return sum(worker.cpu_seconds() for worker in workers)


def one_worker(bench: Bench) -> Iterator[Sample]:
    """One worker process, nothing on disk."""
    with valkey(durable=False) as server:
        yield from bench.in_turn(bench.peers, lambda peer: drain(server, peer, usual(peer)))


def fleets(bench: Bench) -> Iterator[Sample]:
    """More worker processes, nothing on disk."""
    with valkey(durable=False) as server:
        for count in FLEETS:
            load = Load(FLEET_JOBS, FLEET_JOBS // 5, workers=count, case=f"{count} worker processes")
            peers = bench.named(OURS, "BullMQ")
            yield from bench.in_turn(peers, lambda peer, load=load: drain(server, peer, load))  # type: ignore[misc]


DRAIN = Part(
    "drain",
    "Draining no-op jobs, one worker process",
    "Concurrency 100. Finished jobs are kept. The store keeps nothing on disk.",
    one_worker,
)
WORKERS = Part(
    "workers",
    "Draining no-op jobs, more worker processes",
    "As above; the worker processes, the store and the bench share the cores of the machine.",
    fleets,
)
