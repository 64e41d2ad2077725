"""How fast jobs are drained from a store that is far away."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import Sample
from benchmarks.parts import Part
from benchmarks.parts.drain import Load, drain
from benchmarks.peers import Peer
from benchmarks.processes import running, wait_until

ROUND_TRIP = 0.025  # seconds
SHARE = 4  # so many times fewer jobs than from a near store
SLOW = 30  # jobs for arq, which takes a tenth of a second for each
CASE = f"a store {ROUND_TRIP * 1000:.0f} ms away"


@contextmanager
def further_away(server: Server, seconds: float) -> Iterator[int]:
    """The port at which the store is found, a round trip of so many seconds away."""
    command = (sys.executable, "-m", "benchmarks.programs.distance", str(server.port), str(seconds))
    with running(1, command, {}, server.scratch) as (process,):
        wait_until(lambda: process.log.read_text().endswith("\n"), "the proxy listens", [process])
        yield int(process.log.read_text())


def load_of(peer: Peer, port: int) -> Load:
    """A few seconds of work."""
    jobs = SLOW if peer.name == "arq" else peer.jobs // SHARE
    return Load(jobs, jobs // 4, port=port, case=CASE)


def far_away(bench: Bench) -> Iterator[Sample]:
    """One worker process, nothing on disk; the jobs are submitted from nearby."""
    with valkey(durable=False) as server, further_away(server, ROUND_TRIP) as port:
        yield from bench.in_turn(bench.peers, lambda peer: drain(server, peer, load_of(peer, port)))


FAR = Part(
    "far",
    "Draining no-op jobs from a store 25 ms away",
    "One worker process, concurrency 100, through a proxy that delays every request. The proxy's own processor time is "
    "part of it.",
    far_away,
)
