"""What the thread that renews leases sees of the store."""

from typing import Any

from shared.store import Store
from tests.processes import Fleet
from tests.waiting import until
from tests.worker_service.engine.observing import alive

ALARM = "the store has lost its data"


async def test_a_worker_says_so_once_when_the_store_was_emptied(store: Store, processes: Fleet, redis: Any) -> None:
    worker = processes.start()
    for times in (1, 2):
        await alive(store, worker)
        redis.flushall()

        async def said() -> bool:
            return processes.log(worker).count(ALARM) >= times  # noqa: B023 - called in this round alone

        await until(said, "the alarm")
        assert processes.log(worker).count(ALARM) == times
