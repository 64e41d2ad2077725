"""Jobs that harm whoever runs them: what becomes of their neighbours."""

import asyncio
import math
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.job import Status
from tests.chaos.ledger import Run
from tests.chaos.load import Script
from tests.chaos.seeds import Chance
from tests.chaos.system import memory_of
from tests.chaos.trial import Trial
from tests.waiting import until
from worker_service import process_tree

Step = dict[str, Any]

TIMEOUT = 1.0  # seconds
SLOT_BACK = 2.0  # seconds after the poison's end, or its timeout
NOTICED = 0.1  # seconds after that in which the worker knows that its child is lost
ENDS_AT_ONCE, ENDS_KILLED = 0.0, TIMEOUT


@dataclass(frozen=True)
class Poison:
    """What it does, and for how long a child is lost to it."""

    step: Step
    lasts: float = ENDS_AT_ONCE
    ends: Status = Status.FAILED


POISONS: Mapping[str, Poison] = {
    "SIGSEGV": Poison({"do": "crash"}),
    "os._exit": Poison({"do": "die"}),
    "SystemExit": Poison({"do": "exit"}),
    "20 MB of stdout": Poison({"do": "chatter", "lines": 20_000}, ENDS_KILLED),  # for its output, or in time
    "an infinite loop": Poison({"do": "spin"}, ENDS_KILLED),
    "swallowed exceptions": Poison({"do": "ignore_cancellation", "seconds": 60}, ENDS_KILLED),
    "20 forks": Poison({"do": "multiply", "processes": 20, "seconds": 20}, ENDS_KILLED),
    "leaked files": Poison({"do": "leak_files"}, ends=Status.COMPLETED),
}
SMALL = 256 * 1024 * 1024  # bytes: DMPS_CHILD_MEMORY
LEVEL = 0.05  # by how much the memory of others may change


def on_the_loop(chance: Chance) -> Script:
    """Jobs that leave the child to the poison."""
    return Script("chaos", [{"do": "sleep", "seconds": round(chance.uniform(0.005, 0.2), 3)}], Status.COMPLETED)


async def poison_children(
    trial: Trial, *, poisons: Mapping[str, Poison] = POISONS, slot_back: float = SLOT_BACK, noticed: float = NOTICED
) -> None:
    """F23: each poison is followed by a small job for the same and only child."""
    (worker,) = await trial.start(1)
    jobs: dict[str, tuple[str, str]] = {}
    async with trial.pressure(rate=30, mix=on_the_loop) as load:
        for what, poison in poisons.items():
            options = {"timeout": TIMEOUT, "maxAttempts": 1}
            bad = await load.send("chaos-child", poison.step, ends=poison.ends, **options)
            probe = await load.send("chaos-child", {"do": "open_files"})
            await trial.has_ended(bad, probe)
            jobs[what] = bad, probe
        left = _left_behind(trial)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    for what, (bad, probe) in jobs.items():
        if (after := _noticed(trial, what, bad)) is not None:
            trial.outcome.at_most(f"loss noticed after {what}", after, noticed, " s")
        took = _slot_back(trial, what, bad, probe)
        trial.outcome.at_most(f"slot back after {what}", took, slot_back, " s")
    trial.outcome.at_most("processes left behind", len(left), 0)
    trial.expect_alive(worker)


async def poison_workers(trial: Trial, *, innocents: int = 5) -> None:
    """F23-worker: a job ends its worker, each time, among others that do no harm."""
    await trial.start(1)
    async with trial.pressure(callers=0, rest=5.0) as load:
        long = [await load.send("chaos", {"do": "sleep", "seconds": 4}) for _ in range(innocents)]
        await asyncio.gather(*(trial.has_started(job_id) for job_id in long))
        poison = await load.send("chaos", {"do": "die"}, ends=Status.FAILED)
        supervisor = asyncio.create_task(_supervise(trial))
        with suppress(AssertionError):
            await trial.has_ended(poison, *long, within=90)
        supervisor.cancel()
    assert trial.watch is not None
    crashed = sum(trial.watch.jobs[job_id].status is Status.FAILED for job_id in long)
    trial.outcome.at_most("runs of the poison", len(trial.runs_of(poison)), 3)
    trial.outcome.at_most("innocent jobs failed", crashed, 0)


async def eat_memory(trial: Trial) -> None:
    """F24: 8 GiB at once, and a slow leak, in a child that may use a quarter of a GiB."""
    worker, other = await trial.start(2, DMPS_CHILD_MEMORY=str(SMALL))
    async with trial.pressure(rate=30, mix=on_the_loop) as load:
        await load.accepts(60)
        before = [memory_of(process.pid) for process in (worker, other)]
        for step in ({"do": "hog"}, {"do": "leak_memory"}):
            hog = await load.send("chaos-child", step, ends=Status.FAILED, maxAttempts=1)
            await trial.has_ended(hog)
        await load.accepts(60)
        after = [memory_of(process.pid) for process in (worker, other)]
    change = max(abs(now / then - 1) for then, now in zip(before, after, strict=True))
    trial.outcome.at_most("memory of the workers changed by", round(change, 3), LEVEL)
    trial.expect_alive(worker, other)


async def fail_always(trial: Trial, *, seconds: float = 10.0) -> None:
    """F26: one job type fails always, half of all jobs are of it; the others must not wait for it."""
    await trial.start(1)
    async with trial.pressure(rate=60, mix=_half_broken) as load:
        await load.accepts(60)
        await asyncio.sleep(seconds)
    good = {job_id for job_id, status in load.answers.expected.items() if status is Status.COMPLETED}
    waits = [wait for job_id, wait in trial.waits().items() if job_id in good]
    trial.outcome.spread("the others' wait", waits, 1.0)


def _half_broken(chance: Chance) -> Script:
    if chance.random() < 0.5:
        return Script("chaos-broken", [{"do": "fail"}], Status.FAILED)
    return on_the_loop(chance)


async def _supervise(trial: Trial) -> None:
    """Start a worker whenever there is none."""
    while True:

        async def none_left() -> bool:
            return not trial.system.workers

        await until(none_left, "the end of the worker", 90)
        trial.system.worker()


def _slot_back(trial: Trial, what: str, bad: str, probe: str) -> float:
    """Seconds from the poison's end, or from its timeout, to the small job; infinite if one of them never began."""
    poisoned, probed = trial.runs_of(bad), trial.runs_of(probe)
    return probed[0].started - _end(what, poisoned[0]) if poisoned and probed else math.inf


def _noticed(trial: Trial, what: str, bad: str) -> float | None:
    """Seconds from there to the end of the attempt, as the record has it; None if the child has outlived it."""
    assert trial.watch is not None
    run, attempt = trial.runs_of(bad)[0], trial.watch.jobs[bad].attempts[0]
    if run.ended is not None:
        return None
    wall = time.time() - time.monotonic()  # the ledger has the monotonic clock, the record the store's
    return attempt.ended_at / 1000 - wall - _end(what, run)


def _end(what: str, run: Run) -> float:
    return run.ended if run.ended is not None else run.started + POISONS[what].lasts


def _left_behind(trial: Trial) -> list[int]:
    """Processes of this system that descend from a child that is gone: ours by their environment (proc(5))."""
    mark, found = os.fsencode(str(trial.system.directory / "data")), []
    workers = {worker.pid for worker in trial.system.workers}
    ours = workers.union(*map(process_tree.below, workers))
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_child = b"worker_service.warden" in (folder / "cmdline").read_bytes()
            if is_child and mark in (folder / "environ").read_bytes() and int(folder.name) not in ours:
                found.append(int(folder.name))
    return found
