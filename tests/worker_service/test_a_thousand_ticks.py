"""A thousand ticks, three workers, one of them an hour ahead, each killed at ticks: a job for each tick, no more."""

import signal
import sys
from subprocess import Popen
from typing import Any

import pytest
from msgspec import Raw

from shared.ids import Ids
from shared.schedules import CatchUp, Overlap, Schedule, Step, Taken, job_of
from shared.store import Store, keys
from shared.store.schedules import history, save
from tests.processes import WORKER, Fleet
from tests.shared.schedule_examples import schedule, template
from tests.waiting import until

SCHEDULES, TICKS = 40, 25
ALL = SCHEDULES * TICKS
KILL_EVERY = 60  # jobs
AN_HOUR_AHEAD = (sys.executable, "-m", "tests.an_hour_ahead", "worker_service.WorkerSettings")
TOOK = "schedule: jobs submitted"
COMMANDS = (WORKER, WORKER, AN_HOUR_AHEAD)
IDS = Ids(lambda bits: 1 << (bits - 1))


async def made(store: Store, number: int) -> Schedule:
    """It ticks each second, so often, and each schedule at another moment of the second."""
    begin = store.now() // 1000 * 1000 + 4_000 + number * 25
    facts: dict[str, Any] = {"start_at": begin, "end_at": begin + (TICKS - 1) * 1000}
    policies: dict[str, Any] = {"overlap": Overlap.ALLOW, "catch_up": CatchUp.ALL}
    new = schedule(
        store.now(), id=IDS.next(store.now()), job=template(payload=Raw(b'{"attempts":[]}')), **facts, **policies
    )
    assert await save(store.link, Step(new))
    return new


def submitted(redis: Any) -> set[str]:
    return {key.decode().removeprefix(keys.JOB) for key in redis.scan_iter(keys.JOB + "*", count=1000)}


@pytest.mark.timeout(180)
async def test_each_of_a_thousand_ticks_has_exactly_one_job(store: Store, redis: Any, processes: Fleet) -> None:
    workers: list[Popen[bytes]] = [processes.start(command) for command in COMMANDS]
    schedules = [await made(store, number) for number in range(SCHEDULES)]

    async def are_there(count: int) -> bool:
        return len(submitted(redis)) >= count

    kills = 0
    for count in range(KILL_EVERY, ALL, KILL_EVERY):
        await until(lambda count=count: are_there(count), f"{count} jobs", 60.0)  # type: ignore[misc]
        victim = kills % len(workers)
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        workers[victim] = processes.start(COMMANDS[victim])
        kills += 1
    await until(lambda: are_there(ALL), f"all {ALL} jobs", 60.0)

    async def are_over() -> bool:
        return not redis.zcard(keys.SCHEDULES)

    await until(are_over, "the end of all schedules")
    expected = {id for each in schedules for id in ids_of(each)}
    assert len(expected) == ALL
    assert submitted(redis) == expected
    for each in schedules:
        entries = (await history(store.link, each.id))[::-1]
        assert [(entry.outcome, entry.job_id) for entry in entries] == [(Taken.SUBMITTED, id) for id in ids_of(each)]
    assert kills == 16
    for command in COMMANDS:
        assert any(TOOK in processes.log(each) for each in processes.processes if each.args == command)


def ids_of(each: Schedule) -> list[str]:
    """The ids of the jobs of all ticks that there are to be."""
    return [job_of(each, (each.start_at or 0) + number * 1000, 0).id for number in range(TICKS)]
