"""What befalls the schedulers: each worker is one, and each tick must be run once."""

import asyncio
import signal
import sys
import time

from tests.chaos.cron import LEDGER
from tests.chaos.ledger import read_runs
from tests.chaos.seeds import seeded
from tests.chaos.system import Process
from tests.chaos.trial import RECOVERY, Trial

COMMAND = (sys.executable, "-m", "arq", "tests.chaos.cron.Settings")
EVERY = 5.0  # seconds between two faults
STILL = 2.5  # seconds
GIVEN_UP = "max retries 1 exceeded"  # arq's words: a killed worker had counted the only try, so nobody else has one


async def disturb(trial: Trial, *, seconds: float = 40.0) -> None:
    """F30: of three schedulers, one after the other is killed or stands still."""
    ticks = trial.system.directory / "ticks"

    def start() -> Process:
        return trial.system.worker(command=COMMAND, **{LEDGER: str(ticks)})

    trial.system.api()
    await trial.system.ready(*(start() for _ in range(3)))
    chance, end = seeded(30), time.monotonic() + seconds
    began = time.monotonic()
    while time.monotonic() < end:
        worker = chance.choice(trial.system.workers)
        if chance.random() < 0.5:
            worker.kill()
            await trial.system.ready(start())
        else:
            worker.send_signal(signal.SIGSTOP)
            await asyncio.sleep(STILL)
            worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(EVERY - STILL)
    took = round(time.monotonic() - began)
    await asyncio.sleep(RECOVERY)  # what a killed worker had taken is taken by another, or given up
    runs = [run.job for run in read_runs(ticks)]
    given_up = sum(trial.system.log(process).count(GIVEN_UP) for process in trial.system.fleet.processes)
    trial.outcome.figures |= {"seconds": took, "ticks run": len(set(runs)), "ticks lost with their worker": given_up}
    trial.outcome.at_most("ticks run more than once", len(runs) - len(set(runs)), 0)
    trial.outcome.at_most("ticks missed", _missed(runs) - given_up, 0)


def _missed(job_ids: list[str]) -> int:
    """Between the first and the last tick. A tick's id ends with its time, in ms (arq, `run_cron`)."""
    moments = {int(job_id.rpartition(":")[2]) // 1000 for job_id in job_ids}
    return max(moments) - min(moments) + 1 - len(moments)
