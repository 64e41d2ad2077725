"""What it costs to run a small job in a child process rather than on the event loop."""

import json
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.processes import run

P50 = Measure("one attempt, p50", "ms", "less")
CASES = {"loop": "on the event loop", "child": "in a child process"}


def here_and_there(bench: Bench) -> Iterator[Sample]:
    """Round after round, each with a new child."""
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "benchmarks.programs.attempts", folder)
        for _ in range(bench.rounds):
            medians = json.loads(run(command, {"DMPS_PLUGINS": "benchmarks.noop"}))
            yield from (Sample(P50, OURS, medians[where], case) for where, case in CASES.items())


CHILDREN = Part(
    "children",
    "A small job in a child process",
    "A job that does nothing, with its payload's check, on the event loop and in a warm child process.",
    here_and_there,
)
