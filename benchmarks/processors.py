"""`python -m benchmarks.processors`, which `make bench-processors` runs: what the processors do, and what files take.

A whole run is written to `benchmarks/results/processors/`, and its tables into `docs/performance-processors.md`.
"""

import argparse
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import msgspec

from benchmarks.bench import Bench
from benchmarks.docs import NOTHING, between_markers, newest
from benchmarks.figures import Figure, Results, gather
from benchmarks.machine import commit, is_busy, machine
from benchmarks.parts import Part
from benchmarks.peers import DMPS
from benchmarks.processes import ROOT, BenchFailed
from benchmarks.report import origin, section

ENOUGH_ROUNDS = 5
RESULTS = ROOT / "benchmarks" / "results" / "processors"
PAGE = ROOT / "docs" / "performance-processors.md"
WHERE = {
    "images": "benchmarks.images:IMAGES",
    "tables": "benchmarks.tables:TABLES",
    "enrichment": "benchmarks.enrichment:ENRICHMENT",
    "calculation": "benchmarks.calculation:CALCULATION_PART",
    "uploads": "benchmarks.parts.uploads:UPLOADS",
}
ONCE = frozenset({"enrichment", "calculation", "uploads"})  # without a peer there is nothing to take turns with


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks. The exit status is 1 if something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processors", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ENOUGH_ROUNDS, help="rounds of the parts that have peers")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(WHERE)}; all without any")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - WHERE.keys():
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(WHERE)}")
    if asked.rounds < 1:
        parser.error("--rounds must be at least 1")
    try:
        results = measure([part(name) for name in asked.parts or WHERE], asked.rounds)
    except BenchFailed as error:
        say(f"{error}\n{error.details}")
        return 1
    sys.stdout.write(report(results) + "\n")
    if asked.parts or asked.rounds < ENOUGH_ROUNDS:
        say(f"not written down: that takes all parts and {ENOUGH_ROUNDS} rounds")
    else:
        say(f"written to {write_down(results)}")
        PAGE.write_text(with_tables(PAGE.read_text()))
    return 0


def part(name: str) -> Part:
    """One of the parts. Loaded when it is asked for: each needs libraries of its own."""
    module, _, member = WHERE[name].partition(":")
    found: Part = getattr(import_module(module), member)
    return found


def measure(parts: Sequence[Part], rounds: int) -> Results:
    """Run these parts. Raises `BenchFailed`."""
    began, here, date = time.monotonic(), machine(), datetime.now(UTC).isoformat(timespec="seconds")
    if is_busy():
        say("This machine is busy: stop what else runs here, or take the figures for noise.")
    figures: list[Figure] = []
    not_run: dict[str, str] = {}
    versions = {"Python": platform.python_version()}
    for each in parts:
        say(f"== {each.name}, after {time.monotonic() - began:.0f} s")
        bench = Bench(1 if each.name in ONCE else rounds, (DMPS,), say, each.name, not_run, versions)
        figures += gather(each.name, each.measure(bench))
    took = time.monotonic() - began
    return Results(commit(), date, took, rounds, here, versions, not_run, tuple(figures))


def report(results: Results) -> str:
    """The run as Markdown."""
    sections = (section(results, part(name)) for name in WHERE)
    return "\n\n".join(filter(None, [origin(results), *sections]))


def write_down(results: Results, folder: Path = RESULTS) -> Path:
    """Keep a run as JSON."""
    path = folder / f"{results.date[:10]}-{results.commit.rstrip('+')}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    return path


def with_tables(page: str, folder: Path = RESULTS) -> str:
    """The page with the tables of the newest run."""
    run = newest(folder)
    if run is None:
        return between_markers(page, NOTHING)
    path, results = run
    link = f"All figures, round by round: [{path.name}](../benchmarks/results/processors/{path.name})."
    return between_markers(page, f"{link}\n\n{report(results)}")


def say(text: str) -> None:
    """Tell how far the run is."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
