"""Everything at once, one thing after the other: what flows and webhooks are to stand."""

import asyncio
import os
import signal
from collections.abc import Mapping

from tests.chaos.load import Load
from tests.chaos.seeds import seeded
from tests.chaos.system import ended
from tests.chaos.trial import Trial

LONG, SHORT = 12.0, 3.0  # seconds that a worker stands still, longer than a lease; and the store


async def disturb(trial: Trial, load: Load, settings: Mapping[str, str], *, rounds: int = 2, accepted: int = 40) -> int:
    """Kill a worker, the API, the store; let a worker and the store stand still. Answers how many were killed."""
    chance, kills = seeded(6), 0
    for _ in range(rounds):
        await load.accepts(accepted)
        trial.kill(chance.choice(trial.system.workers))
        trial.system.worker(**settings)
        await load.accepts(accepted)
        await _restart_api(trial, load, settings)
        await load.accepts(accepted)
        trial.system.store.kill()
        await load.is_refused()
        await trial.system.restart_store()
        await load.accepts(accepted)
        await _stand_still(trial, chance.choice(trial.system.workers).pid)
        kills += 3
    return kills


async def _restart_api(trial: Trial, load: Load, settings: Mapping[str, str]) -> None:
    api = next(each for each in trial.system.fleet.processes if each.poll() is None and trial.system.is_api(each))
    api.kill()
    await ended(api)
    load.hold()
    trial.system.api(**settings)
    await trial.system.ready()
    load.go_on()


async def _stand_still(trial: Trial, worker: int) -> None:
    """First both, then the worker alone."""
    os.kill(worker, signal.SIGSTOP)
    trial.system.store.send(signal.SIGSTOP)
    await asyncio.sleep(SHORT)
    trial.system.store.send(signal.SIGCONT)
    await asyncio.sleep(LONG - SHORT)
    os.kill(worker, signal.SIGCONT)
