"""What it costs that a job waits for ten thousand others."""

import http
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.bench import Bench, Server, valkey
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.parts.drain import Load, drain
from benchmarks.parts.http import ask, serving
from benchmarks.peers import Peer
from benchmarks.processes import BenchFailed, wait_until, wait_until_quiet

WHOLE = Measure("from the request to the end of all", "s", "less")
CHILDREN, WARM_UP = 10_000, 2_000
JOB = '{"type":"noop","payload":{}}'
CASES = {"bare": "10,000 jobs", "joined": "10,000 children and their join"}
PROGRAM = (sys.executable, "-m", "benchmarks.programs.flow")


def fan_out(bench: Bench) -> Iterator[Sample]:
    """The same jobs, with a join and without, round after round. Drained they are once the join has been."""
    (bare,) = bench.named(OURS)
    loads = (
        (bare, Load(CHILDREN, WARM_UP, case=CASES["bare"])),
        (replace(bare, client=PROGRAM), Load(CHILDREN + 1, WARM_UP, case=CASES["joined"])),
    )
    with valkey(durable=False) as server:
        for number in range(bench.rounds):
            bench.say(f"round {number + 1} of {bench.rounds}")
            for peer, load in loads:
                yield from drain(server, peer, load)
            for case, jobs in CASES.items():
                yield from _whole_way(server, bare, jobs, completion=JOB if case == "joined" else "")


def _whole_way(server: Server, peer: Peer, case: str, completion: str) -> Iterator[Sample]:
    """One request, as a caller sends it, to a service beside a worker; with a completion, it is the join."""
    joining = f',"completion":{completion}' if completion else ""
    jobs = CHILDREN + bool(completion)
    with (
        server.workers(peer) as workers,
        server.client(peer) as redis,
        serving(peer.api or (), server.settings(peer), server.scratch) as (api, port),
    ):
        warm_up = _send(port, WARM_UP, "")
        wait_until(lambda: peer.finished(redis, warm_up) == warm_up, "the warm-up is done", workers)
        wait_until_quiet([*workers, api])
        began = time.perf_counter()
        _send(port, CHILDREN, joining)
        wait_until(lambda: peer.finished(redis, jobs) == warm_up + jobs, "all jobs are finished", [*workers, api])
        yield Sample(WHOLE, peer.name, time.perf_counter() - began, case)


def _send(port: int, jobs: int, more: str) -> int:
    """Submit so many. Raises `BenchFailed` if they are not accepted."""
    body = f'{{"jobs":[{",".join([JOB] * jobs)}]{more}}}'.encode()
    status, _ = ask(port, "POST", "/api/jobs/batch", body)
    if status != http.HTTPStatus.ACCEPTED:
        raise BenchFailed(f"the batch was answered with {status}")
    return jobs


FLOWS = Part(
    "flows",
    "A fan-out and its join, one worker process",
    "No-op jobs, concurrency 100, the store without a disk. Drained as in the first part, when all had been submitted;"
    " and the whole way, from one `POST /api/jobs/batch` with 10,000 jobs, for the join with a `completion`, to the end"
    " of all, with a service and a worker beside each other.",
    fan_out,
)
