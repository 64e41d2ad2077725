"""Pauses, limits and cancellations at random, while workers are killed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientError

from shared.job import DEFAULT_TENANT, FINISHED, Status
from shared.store import keys
from tests.chaos.load import Load
from tests.chaos.seeds import Chance, seeded
from tests.chaos.trial import Trial

SUBJECTS = ("queues/default", "job-types/chaos", "job-types/chaos-child")
FREE: Mapping[str, Any] = {"paused": False, "maxRunning": None, "maxStartsPerSecond": None}
EVERY = 0.1  # seconds
KILLED = 0.03  # the share of turns in which a worker is killed
RECENT = 200  # of the accepted jobs one is cancelled

Meddling = Callable[[Trial, Load, Chance], Awaitable[None]]


async def meddle(trial: Trial, *, workers: int = 3, seconds: float = 25.0, killed: float = KILLED) -> None:
    """F-control."""
    await trial.start(workers)
    chance, kills = seeded(4), 0
    async with trial.pressure(rate=80) as load:
        await load.accepts(30)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await chance.choice(MEDDLINGS)(trial, load, chance)
            if chance.random() < killed:
                trial.kill(chance.choice(trial.system.workers))
                trial.system.worker()
                kills += 1
            await asyncio.sleep(EVERY)
        for subject in SUBJECTS:
            await _patch(trial, subject, FREE)
    trial.outcome.figures["workers killed"] = kills
    trial.outcome.figures["asked to be cancelled"] = len(load.answers.cancelled)
    trial.outcome.at_most("counters that are wrong", len(await wrong_counters(trial)), 0)


async def pause(trial: Trial, _: Load, chance: Chance) -> None:
    """Pause something, or resume it."""
    await _patch(trial, chance.choice(SUBJECTS), {"paused": chance.random() < 0.3})


async def limit(trial: Trial, _: Load, chance: Chance) -> None:
    """Limit something, or free it."""
    members = {"maxRunning": chance.choice([None, 1, 5, 20]), "maxStartsPerSecond": chance.choice([None, 0.5, 20, 100])}
    await _patch(trial, chance.choice(SUBJECTS), members)


async def cancel(trial: Trial, load: Load, chance: Chance) -> None:
    """Cancel a job that was accepted lately, whatever it is at."""
    job_id = chance.choice(list(load.answers.acknowledged)[-RECENT:])
    load.answers.cancelled.add(job_id)
    async with trial.system.http.post(f"/api/jobs/{job_id}/cancel") as answer:
        if answer.status not in {200, 202, 409, 503}:
            trial.outcome.broken.append(f"{job_id}: cancelling it was answered with {answer.status}.")


MEDDLINGS: tuple[Meddling, ...] = (pause, limit, cancel, cancel)


async def wrong_counters(trial: Trial) -> list[str]:
    """Where the store's counters are not the number of ids in its indexes."""
    fields = await trial.system.redis.execute_command("HGETALL", keys.DEPTH)
    depth = {field.decode(): int(count) for field, count in fields.items()}
    wrong = []
    for type in ("chaos", "chaos-child"):
        for status in Status:
            ids = await trial.system.redis.zcard(keys.index(DEFAULT_TENANT, type, status))
            if depth.get(f"type:{type}:{status}", 0) != ids:
                wrong.append(f"{type} {status}")
    unfinished = [f"queue:default:{status}" for status in Status if status not in FINISHED]
    return wrong + [field for field in unfinished if depth.get(field, 0)]


async def _patch(trial: Trial, subject: str, members: Mapping[str, Any]) -> None:
    try:
        async with trial.system.http.patch(f"/api/{subject}", json=members) as answer:
            if answer.status not in {200, 503}:
                trial.outcome.broken.append(f"{subject}: {members} was answered with {answer.status}.")
    except (ClientError, TimeoutError):
        pass
