"""What it costs that a job waits for ten thousand others."""

import sys
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.bench import Bench, valkey
from benchmarks.figures import OURS, Sample
from benchmarks.parts import Part
from benchmarks.parts.drain import Load, drain

CHILDREN, WARM_UP = 10_000, 2_000
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


FLOWS = Part(
    "flows",
    "A fan-out and its join, one worker process",
    "No-op jobs, concurrency 100, the store without a disk, as in the first part.",
    fan_out,
)
