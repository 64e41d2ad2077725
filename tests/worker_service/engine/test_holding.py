import time
from collections.abc import Callable

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
    assert [hold.is_overdue for hold in (stubborn, young, in_child, ended)] == [True, False, False, False]
    assert holding.leases() == [young.key, in_child.key, ended.key]


def test_what_was_stopped_for_a_reason_ends_so_even_if_the_worker_then_stops(new_job: Callable[..., Job]) -> None:
    hold = Hold(new_job())
    hold.stop(lifecycle.cancel)
    hold.stop()
    assert hold.stopped is lifecycle.cancel
