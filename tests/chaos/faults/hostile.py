"""Whoever can write to the store writes nonsense there: nothing of it is run, and the others' jobs go on."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.queue import ARQ_JOB, MAINTENANCE_QUEUE, queue_key
from shared.store import keys
from tests.chaos.load import Load
from tests.chaos.system import SLOTS
from tests.chaos.trial import Trial

QUEUE = queue_key("default")
HEAD = (
    b'{"rev":1,"fence":0,"status":"pending","type":"chaos","tenant":"default","queue":"default","priority":"normal","claimedAt":0,"worker":"","losses":0,'
    b'"tags":[]'
)
EVIL = "00000000-0000-7000-8000-000000000000"
SERVED = 5.0  # seconds in which a job beside the nonsense must have run


class Exploit:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


def records(pwned: Path) -> Mapping[str, bytes]:
    """What stands in the place of a record."""
    return {
        "a pickle": pickle.dumps(Exploit(pwned)),
        "no JSON": b"\xff\x00 not a record",
        "a record that breaks off": HEAD + b',"id":"x"',
        "a record of wrong types": HEAD + b',"id":1,"createdAt":"never","runAt":[],"payload":1,"maxAttempts":"x"}',
        "a status that there is not": HEAD.replace(b"pending", b"undead") + b"}",
    }


async def write_nonsense(trial: Trial) -> None:
    """F31."""
    await trial.start(2)
    redis, pwned = trial.system.redis, trial.system.directory / "pwned"
    async with trial.pressure(callers=0) as load:
        for what, record in records(pwned).items():
            await redis.set(keys.JOB + EVIL, record)
            await redis.set(ARQ_JOB + EVIL, record)
            await _beside(trial, load, what)
        await redis.execute_command("LPUSH", keys.JOB + EVIL, "not a string")
        await _beside(trial, load, "a key of another kind")
        await redis.set(ARQ_JOB + EVIL, pickle.dumps({"t": 1, "f": "x", "a": (Exploit(pwned),), "k": {}, "et": 1}))
        await _beside(trial, load, "an arq job that is a pickle")
    trial.outcome.at_most("executions", int(pwned.exists()), 0)


async def _beside(trial: Trial, load: Load, what: str) -> None:
    """With the nonsense in the queue, jobs must run, on every worker. Then it is swept away."""
    redis, workers = trial.system.redis, trial.system.workers
    await redis.zadd(QUEUE, {EVIL: 1})
    jobs = [await load.send("chaos", {"do": "sleep", "seconds": 0.2}) for _ in range(2 * SLOTS)]
    try:
        await trial.has_ended(*jobs, within=SERVED)
    except AssertionError:
        trial.outcome.broken.append(f"Beside {what}, jobs were not all run within {SERVED:g} s.")
    if ended := sum(worker.poll() is not None for worker in workers):
        trial.outcome.broken.append(f"Beside {what}, {ended} workers ended.")
    await redis.delete(keys.JOB + EVIL, ARQ_JOB + EVIL)
    for queue in (QUEUE, MAINTENANCE_QUEUE, keys.LEASES, keys.parked("arq:queue", "chaos")):
        await redis.zrem(queue, EVIL)
    if trial.watch is not None and trial.watch.unfinished():
        for worker in trial.system.workers:
            worker.kill()
        await trial.more(2)
        await trial.has_ended(*jobs)
