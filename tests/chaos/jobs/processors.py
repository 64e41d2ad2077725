"""Processors that write the ledger and end as their payload says. What they share with the tests' own comes from there.

A job that returns says which attempt it was: a result that another attempt wrote over would show.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.chaos.jobs.job_types import CHAOS, CHAOS_BROKEN, CHAOS_CHILD
from tests.chaos.ledger import note
from tests.scripted.processors import ENDINGS, Step
from worker_service.processors import JobContext, processes

MiB = 1024 * 1024


def sleep(step: Step) -> None:
    time.sleep(float(step["seconds"]))


def spin(_: Step) -> None:
    while True:
        pass


def ignore_cancellation(step: Step) -> None:
    """A child is not asked, it is killed: nothing to ignore but signals and exceptions."""
    end = time.monotonic() + float(step["seconds"])
    while time.monotonic() < end:
        with suppress(BaseException):
            time.sleep(0.1)


def multiply(step: Step) -> None:
    """A bounded fork bomb: each process lives on after the child, and holds all that it inherited."""
    for _ in range(int(step["processes"])):
        if os.fork() == 0:
            time.sleep(float(step["seconds"]))
            os._exit(0)
    time.sleep(float(step["seconds"]))


def leak_files(_: Step) -> None:
    """Use up all files that a process may have open, but for the one that the ledger needs."""
    last = -1
    with suppress(OSError):
        while True:
            last = os.open(os.devnull, os.O_RDONLY)
    os.close(last)


def open_files(_: Step) -> None:
    for file in [os.open(os.devnull, os.O_RDONLY) for _ in range(5)]:
        os.close(file)


def chatter(step: Step) -> None:
    for _ in range(int(step["lines"])):
        sys.stdout.write("x" * 1_000 + "\n")


def leak_memory(_: Step) -> None:
    kept = []
    while True:
        kept.append(bytearray(16 * MiB))
        time.sleep(0.02)


STEPS: dict[str, Callable[[Step], Any]] = {
    **ENDINGS,
    "sleep": sleep,
    "spin": spin,
    "ignore_cancellation": ignore_cancellation,
    "multiply": multiply,
    "leak_files": leak_files,
    "open_files": open_files,
    "chatter": chatter,
    "leak_memory": leak_memory,
}


@contextmanager
def noted(job: JobContext, payload: dict[str, Any], worker: int) -> Iterator[Step]:
    """The step of this attempt, with a line in the ledger before and after it."""
    ledger, steps = payload["ledger"], payload["attempts"]
    note(ledger, job.id, job.attempt, "started", worker)
    try:
        yield steps[min(job.attempt, len(steps)) - 1]
    except asyncio.CancelledError:
        note(ledger, job.id, job.attempt, "cancelled", worker)
        raise
    except BaseException:
        note(ledger, job.id, job.attempt, "raised", worker)
        raise
    note(ledger, job.id, job.attempt, "returned", worker)


async def perform(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    with noted(job, payload, os.getpid()) as step:
        if step["do"] == "sleep":
            await asyncio.sleep(float(step["seconds"]))
        elif step["do"] == "ignore_cancellation":
            await ignoring(float(step["seconds"]))
        else:
            STEPS[step["do"]](step)
    return {"attempt": job.attempt, "children": len(job.children)}


def worker_of(warden: int) -> int:
    """The process between it and a child's worker has that worker as its parent (proc(5))."""
    return int(Path(f"/proc/{warden}/stat").read_text().rpartition(")")[2].split()[1])


async def ignoring(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(left)


@processes(CHAOS)
async def chaos(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    return await perform(job, payload)


@processes(CHAOS_BROKEN)
async def chaos_broken(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    return await perform(job, payload)


@processes(CHAOS_CHILD)
def chaos_child(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    with noted(job, payload, worker_of(os.getppid())) as step:
        STEPS[step["do"]](step)
    return {"attempt": job.attempt, "children": len(job.children)}
