import asyncio
import time
from collections.abc import Callable

import pytest

from shared import lifecycle
from shared.job import Job
from worker_service.engine.holding import GRACE, Hold, Holding


def test_a_coroutine_that_outlives_its_timeout_loses_its_lease_but_a_child_and_an_ended_attempt_do_not(
    new_job: Callable[..., Job],
) -> None:
    began = time.monotonic() - 30.0 - GRACE - 1
    stubborn, young, in_child, ended = (
        Hold(new_job(timeout=30.0), began=began),
        Hold(new_job(timeout=30.0)),
        Hold(new_job(timeout=30.0), began=began, in_child=True),
        Hold(new_job(timeout=30.0), began=began, ending=lifecycle.hand_back),
    )
    holding = Holding()
    for hold in (stubborn, young, in_child, ended):
        holding.add(hold)
    assert holding.leases() == [young.key, in_child.key, ended.key]


def test_what_was_stopped_for_a_reason_ends_so_even_if_the_worker_then_stops(new_job: Callable[..., Job]) -> None:
    hold = Hold(new_job())
    hold.stop(lifecycle.cancel)
    hold.stop()
    assert hold.stopped is lifecycle.cancel


async def test_an_attempt_that_is_stopped_before_its_first_step_tells_of_its_end(new_job: Callable[..., Job]) -> None:
    ended = asyncio.Event()

    async def attempt() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    hold = Hold(new_job())
    hold.task = asyncio.create_task(attempt())
    hold.stop()
    await asyncio.wait_for(ended.wait(), 5.0)


@pytest.mark.parametrize(
    ("facts", "in_child", "code"),
    [
        ({"timeout": 30.0}, False, "timeout"),
        ({"timeout": 30.0}, True, None),
        ({"timeout": 60.0}, False, None),
        ({"timeout": 60.0, "deadline": 40.0}, False, "deadline"),
        ({"timeout": 60.0, "deadline": 40.0}, True, "deadline"),
        ({"timeout": 30.0, "deadline": 40.0}, False, "deadline"),
        ({"timeout": 60.0, "deadline": 50.0}, True, None),
    ],
    ids=str,
)
def test_an_attempt_may_run_until_its_timeout_or_its_deadline(
    new_job: Callable[..., Job], facts: dict[str, float], in_child: bool, code: str | None
) -> None:
    job = new_job(now=0, **facts)
    failure = Hold(job, in_child=in_child, began=100.0).too_late(clock=140.0 + 1, now=40_000 + 1)
    assert (failure.error.code if failure else None) == code
