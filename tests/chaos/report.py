"""What a run of all faults showed: as JSON, and as the page `docs/reliability.md`, which is made of it."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.chaos.faults import ELSEWHERE, FAULTS
from tests.chaos.outcome import Figure, Limit, Outcome
from tests.chaos.tools import NotRun

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "tests" / "chaos" / "results" / "chaos.json"
TELLING_ZEROS = frozenset({"lost", "lost with the primary", "not ended", "settled twice", "alarms raised"})
MOST_SHOWN = 3  # sentences about a fault that broke something
PAGE = ROOT / "docs" / "reliability.md"


class Result(Struct, frozen=True):
    """One fault's part of the report."""

    fault: str
    what: str
    how: str
    verdict: str  # held, broken or not run
    seconds: float
    figures: dict[str, Figure] = {}
    limits: list[Limit] = []
    broken: list[str] = []


class Report(Struct, frozen=True):
    """A run."""

    commit: str
    date: str
    machine: str
    results: list[Result]
    caveat: str = ""  # written by hand: what a reader must know of how this run came about


def result_of(name: str, outcome: Outcome | NotRun, seconds: float) -> Result:
    """A fault's outcome, with what was done."""
    fault = FAULTS[name]
    if isinstance(outcome, NotRun):
        return Result(name, fault.what, fault.how, "not run", round(seconds, 1), broken=[str(outcome)])
    facts = (outcome.figures, outcome.limits, outcome.broken)
    return Result(name, fault.what, fault.how, outcome.verdict, round(seconds, 1), *facts)


def summary(result: Result) -> str:
    """A few lines for the terminal."""
    lines = [f"{result.verdict.upper():8} {result.fault}: {result.what} ({result.seconds:.0f} s)"]
    lines += [f"    {_seen(result)}"] if result.figures or result.limits else []
    lines += [f"    ! {text}" for text in result.broken]
    return "\n".join(lines)


def write(results: Sequence[Result]) -> None:
    """Keep the run, and make the page."""
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    report = Report(_commit(), date, machine, list(results))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    PAGE.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """The page."""
    run = [result for result in report.results if result.verdict != "not run"]
    rows = [f"| {r.fault} | {r.what} | {r.how} | {_seen(r)} | {_verdict(r)} |" for r in run]
    reasons = [f"| {r.fault} | {r.what}: {' '.join(r.broken)} |" for r in report.results if r.verdict == "not run"]
    reasons += [f"| {name} | {reason} |" for name, reason in ELSEWHERE.items()]
    caveat = f"\n**Of this run:** {report.caveat}\n" if report.caveat else ""
    text = _TEXT.format(report=report, caveat=caveat, rows="\n".join(rows), reasons="\n".join(reasons))
    items = _items(run)
    return text + _BROKEN.format(items="\n".join(items)) if items else text


def _items(results: Sequence[Result]) -> list[str]:
    return [f"- {r.fault}: {text}" for r in results for text in _complaints(r)]


def _complaints(result: Result) -> list[str]:
    more = len(result.broken) - MOST_SHOWN
    rest = [f"and {more} more, in `{RESULTS.relative_to(ROOT)}`"] if more > 0 else []
    return [*(limit.text for limit in result.limits if not limit.holds), *result.broken[:MOST_SHOWN], *rest]


def _seen(result: Result) -> str:
    """The figures that say something, and the limits."""
    told = [_figure(what, value) for what, value in result.figures.items() if value or what in TELLING_ZEROS]
    return "; ".join([*told, *(limit.text for limit in result.limits)])


def _figure(what: str, value: Figure) -> str:
    """Counts stand before what they count."""
    return f"{value:,} {what}" if isinstance(value, int) else f"{what} {value}"


def _verdict(result: Result) -> str:
    return "held" if result.verdict == "held" else "**broken**"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip() or "unknown"


_TEXT = """# Reliability: what was broken on purpose, and what was seen

Made by `make chaos` from one run at commit `{report.commit}`, {report.date}, on {report.machine}. Do not edit it by
hand. `make chaos only=F6` runs one fault and writes nothing.
{caveat}
Each fault meets a system of its own: an embedded Valkey (`appendfsync always`), the API, and workers with ten slots and
a child each, all of them processes on one machine; and callers who submit jobs over HTTP, most of 5 to 300 ms, some
that fail once, some in a child, some of 1 to 3 s. Jobs write a ledger outside the store: a line when an attempt starts,
one when it ends. Callers keep every 202. When the fault is over and all has come to rest, acknowledgements, ledger and
records are held against each other:

- Every acknowledged job has ended, as its script says; one that was lost with its worker three times as `crashed`.
- No finished record has changed, by its bytes and its `ETag`. At most one attempt settled a job, and the result is its.
- Meanwhile `fence` and `rev` never fell, and as many steps of the table as `rev` counts led from status to status.
- The attempts of a record are those of the ledger, no number ran twice, and only failures count against `maxAttempts`.
- Every answer was a 202, or a 503 with `Retry-After`.
- No id is left in the queue, the leases or the lists of what is not finished.

That a job runs more than once is allowed; *done twice* and *runs that overlapped* count it. *Recovery* is the time from
the end of a worker to the next run of a job that it held.

| fault | what | what was done | what was seen | verdict |
|---|---|---|---|---|
{rows}

## Not run

| fault | why |
|---|---|
{reasons}
"""

_BROKEN = """
## What did not hold

{items}
"""
