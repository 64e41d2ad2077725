"""What a process costs that has nothing to do."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import Measure, Sample
from benchmarks.parts import Part
from benchmarks.parts.http import serving
from benchmarks.processes import Process, cpu_time_is_told, wait_until_quiet

SHARE = Measure("processor time while idle", "% of a core", "neither")
WORKER, API = "a worker, with its child processes", "an API process"
SECONDS = 10.0
SETTLING = 2.0  # seconds for what happens once, soon after the start

Watched = tuple[str, str, Process]  # peer, case, process


def all_idle(bench: Bench) -> Iterator[Sample]:
    """All of them at once, for ten seconds: they do not disturb each other."""
    if not cpu_time_is_told():
        bench.say("this system does not tell the processor time of other processes")
        return
    with valkey(durable=False) as server, ExitStack() as stack:
        watched = list(_started(bench, server, stack))
        processes = [process for _, _, process in watched]
        wait_until_quiet(processes)
        time.sleep(SETTLING)
        before = [process.cpu_seconds() for process in processes]
        time.sleep(SECONDS)
        for (peer, case, process), earlier in zip(watched, before, strict=True):
            process.check()
            yield Sample(SHARE, peer, 100 * (process.cpu_seconds() - earlier) / SECONDS, case)


def _started(bench: Bench, server: Server, stack: ExitStack) -> Iterator[Watched]:
    for peer in bench.peers:
        (worker,) = stack.enter_context(server.workers(peer))
        yield peer.name, WORKER, worker
        if peer.api:
            process, _ = stack.enter_context(serving(peer.api, server.settings(peer), server.scratch))
            yield peer.name, API, process


IDLE = Part(
    "idle",
    "Idle",
    "User and system time over ten seconds in which nothing is to be done. Measured once.",
    all_idle,
)
