"""What befalls the store: killed, paused, full, without its scripts, emptied."""

import asyncio
import signal
import time

from tests.chaos.load import Load, brief
from tests.chaos.trial import Trial

STANDSTILL = 15.0  # seconds: longer than a lease, and than any timeout of a call
ROOM = 400_000  # bytes of memory that are left to the store


async def kill(trial: Trial, *, rounds: int = 3, away: float = 1.0) -> None:
    """F6."""
    workers, back = await trial.start(2), []
    async with trial.pressure(rate=100) as load:
        for _ in range(rounds):
            await load.accepts(100)
            trial.system.store.kill()
            await load.is_refused()
            await asyncio.sleep(away)
            await trial.system.restart_store()
            back.append(time.monotonic())
            await load.accepts(50)
    trial.expect_resume(*back)
    trial.expect_alive(*workers)


async def pause(trial: Trial, *, seconds: float = STANDSTILL) -> None:
    """F9."""
    workers = await trial.start(2)
    async with trial.pressure() as load:
        await load.accepts(60)
        trial.system.store.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        trial.system.store.send(signal.SIGCONT)
        back = time.monotonic()
        await load.accepts(60)
    trial.expect_resume(back)
    trial.expect_alive(*workers)
    trial.note_slowest_refusal()


async def fill(trial: Trial, *, seconds: float = 5.0) -> None:
    """F15."""
    workers = await trial.start(2)
    async with trial.pressure(rate=120) as load:
        await load.accepts(120)
        used = (await trial.system.redis.info("memory"))["used_memory"]
        await trial.system.redis.config_set("maxmemory", used + ROOM)
        await load.is_refused()
        full = time.monotonic()
        await asyncio.sleep(seconds)
        await trial.system.redis.config_set("maxmemory", 0)
        back = time.monotonic()
        await load.accepts(60)
    ended = sum(run.ended is not None and full < run.ended < back for run in trial.runs)
    trial.outcome.at_least("runs that ended while it was full", ended, 1)
    trial.expect_resume(back, within=2.0)
    trial.expect_alive(*workers)


async def flush_scripts(trial: Trial, *, times: int = 20) -> None:
    """F32."""
    workers = await trial.start(2)
    async with trial.pressure() as load:
        for _ in range(times):
            await trial.system.redis.script_flush()
            await load.accepts(10)
    trial.outcome.at_most("refused", len(load.answers.refused), 0)
    trial.expect_alive(*workers)


async def flush_all(trial: Trial) -> None:
    """F32-all: the store is emptied while jobs run. They are gone; the service is not."""
    workers = await trial.start(2)
    async with Load(trial.system.http, trial.system.directory / "before") as load:
        await load.accepts(60)
    await trial.system.redis.flushall()
    flushed = time.monotonic()
    async with trial.pressure(mix=brief) as load:
        await load.accepts(60)
    logs = map(trial.system.log, trial.system.fleet.processes)
    trial.outcome.figures["alarms raised"] = sum(log.count("[error") for log in logs)
    trial.expect_resume(flushed)
    trial.expect_alive(*workers)
