"""Clocks that are wrong: of a worker, of the API, of the store."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.tools import libfaketime
from tests.chaos.trial import Trial

HOUR, MINUTES = 3600, 300  # seconds
DELAY = 2.0  # seconds
STEPPED = {"FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
EARLY, LATE = 0.25, 1.0  # seconds; a 202 arrives later than the moment from which its delay counts


async def skew(trial: Trial) -> None:
    """F18: a worker an hour ahead, one five minutes behind, the API an hour behind, the store five minutes ahead."""
    library = libfaketime(trial.system.directory / "faketime")
    trial.system.store.stop()
    with environment(shifted(library, MINUTES)):
        await trial.system.restart_store()
    trial.system.api(**shifted(library, -HOUR))
    ahead, behind = (trial.system.worker(**shifted(library, seconds)) for seconds in (HOUR, -MINUTES))
    await trial.system.ready(ahead, behind)
    async with trial.pressure(rate=30) as load:
        delayed = [await load.send("chaos", {"do": "return"}, delay=DELAY) for _ in range(30)]
        await load.accepts(60)
        await trial.has_ended(*delayed)  # one that the killed worker had taken up would begin a lease later
        died = trial.kill(ahead)
        await trial.another(**shifted(library, HOUR))
        await load.accepts(60)
    waits = trial.waits()
    errors = [waits[job_id] - DELAY for job_id in delayed]
    trial.outcome.at_least("earliest start of a delayed job", min(errors), -EARLY, " s")
    trial.outcome.at_most("latest start of a delayed job", max(errors), LATE, " s")
    trial.expect_recovery([died])


async def step(trial: Trial, *, seconds: int = -MINUTES) -> None:
    """F18-step: the store's clock is set back five minutes while jobs wait and run, and a worker is killed."""
    library = libfaketime(trial.system.directory / "faketime")
    clock = trial.system.directory / "clock"
    clock.write_text("+0s\n")
    trial.system.store.stop()
    with environment({"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), **STEPPED}):
        await trial.system.restart_store()
    first, _ = await trial.start(2)
    async with trial.pressure(rate=30) as load:
        await load.accepts(60)
        clock.write_text(f"{seconds:+d}s\n")
        await load.accepts(60)
        died = trial.kill(first)
        await load.accepts(30)
    trial.expect_recovery([died])


def shifted(library: Path, seconds: int) -> Mapping[str, str]:
    """The environment of a process whose wall clock is wrong by so much; its monotonic clock is right."""
    return {"LD_PRELOAD": str(library), "FAKETIME": f"{seconds:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """What is started meanwhile inherits these."""
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
