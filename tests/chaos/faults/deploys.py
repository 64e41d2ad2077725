"""What a deployment does to workers: told to stop, replaced, of another version."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from shared.job import Outcome
from tests.chaos.load import mixed
from tests.chaos.seeds import seeded
from tests.chaos.trial import RECOVERY, Trial, stop

DRAIN = 0.5  # seconds that a worker gives its jobs here, so that long ones go back
HAND_BACK, EXIT = 1.0, 5.0  # seconds beyond the drain
QUICK = {"DMPS_DRAIN": str(DRAIN)}


async def roll(trial: Trial, *, rounds: int = 20, hand_back: float = HAND_BACK) -> None:
    """F4."""
    current, told, exits = await trial.start(2, **QUICK), dict[int, float](), []
    async with trial.pressure():
        for _ in range(rounds):
            current.append(await trial.another(**QUICK))
            told[current[0].pid] = time.time()
            exits.append(await stop(current.pop(0)))
    trial.outcome.spread("handed back beyond the drain", list(_hand_backs(trial, told)), hand_back)
    trial.outcome.spread("exit beyond the drain", [took - DRAIN for took in exits], EXIT)


async def stop_at_any_moment(trial: Trial, *, rounds: int = 6, delay: float = 0.2) -> None:
    """F5: each call takes so long that SIGTERM meets a claim or a settlement under way."""
    proxy = await trial.proxy()
    proxy.delay = delay
    current, chance = await trial.start(2, url=proxy.url, **QUICK), seeded(5)
    async with trial.pressure(rate=30) as load:
        for _ in range(rounds):
            current.append(await trial.another(proxy.url, **QUICK))
            await load.accepts(5)
            await asyncio.sleep(chance.uniform(0, delay))
            await stop(current.pop(0))
    trial.outcome.spread("from 202 to the first run", list(trial.waits().values()), RECOVERY)


async def unknown_type(trial: Trial, *, seconds: float = 4.0) -> None:
    """F28: workers of an older version do not know the job type."""
    old = await trial.start(2, DMPS_PLUGINS="")
    async with trial.pressure(rate=30, mix=mixed) as load:
        await asyncio.sleep(seconds)
        ran_before = len(trial.read())
        for worker in old:
            await trial.another()
            await stop(worker)
        await load.accepts(30)
    trial.outcome.at_most("runs by the old version", ran_before, 0)


def _hand_backs(trial: Trial, told: Mapping[int, float]) -> Iterator[float]:
    """Seconds from the end of a worker's drain, told to stop then, until each attempt that it handed back was over."""
    assert trial.watch is not None
    for attempt in (attempt for job in trial.watch.jobs.values() for attempt in job.attempts):
        if attempt.outcome is Outcome.INTERRUPTED:
            pid = int(attempt.worker.rsplit(":", 2)[1])  # HOST:PID:TOKEN
            yield attempt.ended_at / 1000 - told[pid] - DRAIN
