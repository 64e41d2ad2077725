"""What befalls workers: killed, paused, blocked, and lost while very many jobs wait."""

import asyncio
import signal
import time

from shared.queue import queue_key
from tests.chaos.faults.submitting import submit_many
from tests.chaos.load import brief
from tests.chaos.seeds import seeded
from tests.chaos.system import Process
from tests.chaos.trial import RECOVERY, Death, Trial

LEASE, GRACE = (
    10.0,
    20.0,
)  # seconds: how long a silent worker, and a blocked loop beyond a job's timeout, are waited for
SLOW = 3.0  # seconds that a busy machine may add


async def kill_at_random(trial: Trial, *, workers: int = 4, kills: int = 6, every: float = 4.0) -> None:
    """F1."""
    await trial.start(workers)
    chance, deaths = seeded(1), []
    async with trial.pressure() as load:
        for _ in range(kills):
            await load.accepts(30)
            deaths.append(trial.kill(chance.choice(trial.system.workers)))
            trial.system.worker()
            await asyncio.sleep(every)
    trial.expect_recovery(deaths)


async def kill_all(trial: Trial, *, workers: int = 2, pause: float = 3.0) -> None:
    """F2."""
    started = await trial.start(workers)
    async with trial.pressure() as load:
        await load.accepts(100)
        pids = [trial.kill(worker).pid for worker in started]
        await asyncio.sleep(pause)
        again = time.monotonic()
        for _ in range(workers):
            trial.system.worker()
    trial.outcome.spread("first job after the start", [min(trial.starts_after(again)) - again], RECOVERY)
    trial.expect_recovery([Death(pid, again) for pid in pids])


async def pause(trial: Trial, *, short: float = 5.0, long: float = 20.0) -> None:
    """F3: one worker stands still for less than a lease, another for longer."""
    first, second, _ = await trial.start(3)
    async with trial.pressure() as load:
        await load.accepts(50)
        paused = await _stand_still(first, short)
        await load.accepts(50)
        frozen = await _stand_still(second, long)
        await load.accepts(20)
    trial.outcome.at_most("jobs taken over in the short pause", len(trial.recoveries([paused])), 0)
    trial.expect_recovery([frozen])
    words = ("late result refused", "lease lost")
    log = trial.system.log(second)
    trial.outcome.figures["late attempts refused"] = sum(map(log.count, words))
    trial.expect_alive(first, second)


async def block(trial: Trial, *, seconds: float = 15.0) -> None:
    """F25: a job computes on the event loop, first for longer than a lease, then for ever."""
    workers = await trial.start(2)
    async with trial.pressure(rate=20) as load:
        await load.accepts(10)
        blocker = await load.send("chaos", {"do": "block", "seconds": seconds}, timeout=60)
        await asyncio.sleep(seconds)
    trial.outcome.at_most("takeovers while the loop was blocked", len(trial.runs_of(blocker)) - 1, 0)
    trial.expect_alive(*workers)


async def wedge(trial: Trial) -> None:
    """F25-forever: the worker never comes back, its job goes to another."""
    await trial.start(2)
    timeout = 1.0
    async with trial.pressure(rate=1, callers=1, mix=brief) as load:
        await load.accepts(1)
        await trial.has_ended(*load.answers.acknowledged)
        wedge = await load.send("chaos", {"do": "block", "seconds": 3600}, {"do": "return"}, timeout=timeout)
        started = await trial.has_started(wedge)
        await trial.has_started(wedge, attempt=2, within=timeout + GRACE + LEASE + 30)
    limit = timeout + GRACE + LEASE + SLOW
    trial.outcome.spread("taken over", [trial.runs_of(wedge)[1].started - started], limit)


async def kill_behind_a_backlog(trial: Trial, *, waiting: int = 100_000, victims: int = 8) -> None:
    """F1-backlog."""
    (worker,) = await trial.start(1)
    async with trial.pressure(callers=0, rest=1.0) as load:
        for _ in range(victims):
            victim = await load.send("chaos", {"do": "sleep", "seconds": 60}, {"do": "return"})
            await trial.has_started(victim)
        await submit_many(trial.system.reader, waiting, [{"do": "sleep", "seconds": 0.05}])
        await trial.another()
        died = trial.kill(worker)
        await trial.has_ended(*load.answers.acknowledged)
        trial.outcome.figures["still waiting then"] = await trial.system.redis.zcard(queue_key("default"))
        trial.tidy = False
    trial.expect_recovery([died])


async def _stand_still(worker: Process, seconds: float) -> Death:
    at = time.monotonic()
    worker.send_signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    worker.send_signal(signal.SIGCONT)
    return Death(worker.pid, at)
