"""What befalls schedules: workers are killed at their ticks, and one of them lives an hour ahead."""

import asyncio
from collections import Counter
from typing import Any

from tests.chaos.faults.clock import HOUR, shifted
from tests.chaos.seeds import seeded
from tests.chaos.system import Process
from tests.chaos.tools import libfaketime
from tests.chaos.trial import Trial
from tests.waiting import until

SCHEDULES, TICKS = 10, 30
EVERY = 2.0  # seconds between two kills
JOB = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}}
POLICY = {"every": 1, "overlap": "allow", "catchUp": "all"}


async def kill_at_ticks(trial: Trial) -> None:
    """F30-schedules: of three workers, one an hour ahead, one is killed every two seconds while schedules tick."""
    library = libfaketime(trial.system.directory / "faketime")
    trial.system.api()

    def start(*, is_ahead: bool) -> Process:
        return trial.system.worker(**(shifted(library, HOUR) if is_ahead else {}))

    workers = [start(is_ahead=number == 0) for number in range(3)]
    await trial.system.ready(*workers)
    made = [await _made(trial) for _ in range(SCHEDULES)]
    chance, kills = seeded(31), 0
    for _ in range(round(TICKS / EVERY)):
        await asyncio.sleep(EVERY)
        victim = chance.randrange(len(workers))
        trial.kill(workers[victim])
        workers[victim] = start(is_ahead=victim == 0)
        kills += 1

    async def are_over() -> bool:
        return all([await _told(trial, id, TICKS) for id in made])

    await until(are_over, "the last tick of each schedule", 60.0)
    for id in made:
        entries = await _told(trial, id, TICKS)
        ticks = Counter(entry["tick"] for entry in entries if entry["outcome"] == "submitted")
        trial.outcome.broken += [f"{id}: {tick} has {jobs} jobs." for tick, jobs in ticks.items() if jobs > 1]
        trial.outcome.broken += [
            f"{id}: {entry['tick']} was {entry['outcome']}." for entry in entries if not entry["jobId"]
        ]
    jobs = {entry["jobId"] for id in made for entry in await _told(trial, id, TICKS)}
    trial.outcome.figures |= {"workers killed": kills, "ticks": SCHEDULES * TICKS, "jobs": len(jobs)}
    trial.outcome.at_most("ticks without a job of their own", SCHEDULES * TICKS - len(jobs), 0)


async def _made(trial: Trial) -> str:
    """The id of a schedule that ticks so often, each second."""
    async with trial.system.http.post("/api/schedules", json={**POLICY, "job": JOB}) as answer:
        id: str = (await answer.json())["id"]
    async with trial.system.http.get(f"/api/schedules/{id}/next?count={TICKS}") as answer:
        end = (await answer.json())["times"][-1]
    async with trial.system.http.patch(f"/api/schedules/{id}", json={"endAt": end}) as answer:
        assert answer.status == 200, await answer.text()
    return id


async def _told(trial: Trial, id: str, least: int) -> list[dict[str, Any]]:
    """What became of a schedule's ticks, once there are so many."""
    async with trial.system.http.get(f"/api/schedules/{id}/history") as answer:
        entries: list[dict[str, Any]] = (await answer.json())["entries"]
    return entries if len(entries) >= least else []
