"""`python -m benchmarks`, which `make bench` runs: measures, prints tables, and writes a whole run down."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.bench import Bench
from benchmarks.docs import update_page, write_down
from benchmarks.figures import Figure, Results, gather
from benchmarks.machine import commit, is_busy, machine, versions
from benchmarks.parts import Part
from benchmarks.parts.all import PARTS
from benchmarks.peers import ready_peers
from benchmarks.processes import BenchFailed
from benchmarks.report import report

ENOUGH_ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks. The exit status is 1 if our own system could not be measured."""
    asked = _parse(arguments)
    try:
        results = measure(_parts(asked.parts), asked.rounds)
    except BenchFailed as error:
        say(f"{error}\n{error.details}")
        return 1
    sys.stdout.write(report(results))
    if asked.parts or asked.rounds < ENOUGH_ROUNDS:
        say(f"not written down: that takes all parts and {ENOUGH_ROUNDS} rounds")
    else:
        say(f"written to {write_down(results)}")
        update_page()
    return 0


def measure(parts: Sequence[Part], rounds: int) -> Results:
    """Run these parts. Raises `BenchFailed`."""
    began, here, date = time.monotonic(), machine(), datetime.now(UTC).isoformat(timespec="seconds")
    if is_busy():
        say("This machine is busy: stop what else runs here, or take the figures for noise.")
    peers, not_run = ready_peers(say)
    figures: list[Figure] = []
    for part in parts:
        say(f"== {part.name}, after {time.monotonic() - began:.0f} s")
        figures += gather(part.name, part.measure(Bench(rounds, peers, say, part.name, not_run)))
    return Results(
        commit=commit(),
        date=date,
        seconds=time.monotonic() - began,
        rounds=rounds,
        machine=here,
        versions=versions(),
        not_run=not_run,
        figures=tuple(figures),
    )


def say(text: str) -> None:
    """Tell how far the run is."""
    sys.stderr.write(f"{text}\n")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ENOUGH_ROUNDS, help="rounds of each part")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(names)}; all without any")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(names):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if asked.rounds < 1:
        parser.error("--rounds must be at least 1")
    return asked


def _parts(names: Sequence[str]) -> tuple[Part, ...]:
    return tuple(part for part in PARTS if not names or part.name in names)


if __name__ == "__main__":
    sys.exit(main())
