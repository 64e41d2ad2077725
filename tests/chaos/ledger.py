"""The ledger: what really ran. Jobs write it outside the store, a line when an attempt starts and one when it ends.

A line is one `write` to a file opened with O_APPEND, so the lines of several processes never mix (open(2)), and what a
process wrote stays when it is killed. Times are seconds of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

Word = Literal["started", "returned", "raised", "cancelled"]


class Line(Struct, frozen=True):
    """One moment of one attempt. `attempt` is the number that the job's context gives; it counts runs."""

    job: str
    attempt: int
    word: Word
    at: float
    pid: int  # of the process that runs it
    worker: int  # the pid of its worker: the same, or the parent


@dataclass
class Run:
    """One attempt as the ledger tells it. Without an end, its process was killed, or it still runs."""

    job: str
    attempt: int
    pid: int
    worker: int
    started: float
    ended: float | None = None
    how: Word | None = None


def note(ledger: str, job: str, attempt: int, word: Word, worker: int) -> None:
    """Add a line. Without a ledger, nothing is kept."""
    if not ledger:
        return
    line = Line(job, attempt, word, time.monotonic(), os.getpid(), worker)
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, msgspec.json.encode(line) + b"\n")
    finally:
        os.close(file)


def read_runs(ledger: Path) -> list[Run]:
    """All runs, in the order in which they started. No file: nothing ran."""
    return runs_of(msgspec.json.decode(text, type=Line) for text in _lines(ledger))


def runs_of(lines: Iterable[Line]) -> list[Run]:
    """Pair starts with ends."""
    runs: list[Run] = []
    under_way: dict[tuple[str, int, int], Run] = {}
    for line in lines:
        key = line.job, line.attempt, line.pid
        if line.word == "started":
            run = Run(line.job, line.attempt, line.pid, line.worker, line.at)
            runs.append(run)
            under_way[key] = run
        elif run_ := under_way.pop(key, None):
            run_.ended, run_.how = line.at, line.word
    return runs


def by_job(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each job."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.job, []).append(run)
    return found


def _lines(ledger: Path) -> list[bytes]:
    return ledger.read_bytes().splitlines() if ledger.exists() else []
