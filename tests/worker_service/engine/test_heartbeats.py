from collections.abc import Callable

import pytest

from shared.job import Job
from worker_service.engine.heartbeats import Heartbeats
from worker_service.engine.holding import Hold

EVERY = 0.05


@pytest.fixture
def heartbeats() -> Heartbeats:
    return Heartbeats(EVERY)


@pytest.fixture
def hold(new_job: Callable[..., Job]) -> Hold:
    return Hold(new_job(heartbeat=1.0))


def looks_until_silent(heartbeats: Heartbeats, hold: Hold) -> int:
    looks = 0
    while heartbeats.silent(hold, 1.0, is_at_work=True) is None:
        heartbeats.looked()
        looks += 1
    return looks


def test_silence_is_counted_from_the_beginning_of_the_work(heartbeats: Heartbeats, hold: Hold) -> None:
    for _ in range(100):
        heartbeats.looked()
        assert heartbeats.silent(hold, 1.0, is_at_work=False) is None
    assert looks_until_silent(heartbeats, hold) in {20, 21}


def test_whatever_is_told_ends_the_silence_and_is_passed_on(heartbeats: Heartbeats, hold: Hold) -> None:
    told: list[object] = []
    emit = heartbeats.heard_in(told.append, hold)
    looks_until_silent(heartbeats, hold)
    emit({"log": "here"})
    assert looks_until_silent(heartbeats, hold) in {21, 22}
    assert told == [{"log": "here"}]


def test_a_silence_ends_with_a_failure_that_is_tried_again(heartbeats: Heartbeats, hold: Hold) -> None:
    looks_until_silent(heartbeats, hold)
    failure = heartbeats.silent(hold, 1.0, is_at_work=True)
    assert failure is not None
    assert (failure.error.code, failure.final) == ("heartbeat", False)
