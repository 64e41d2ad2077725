"""How often a long job makes a checkpoint."""

import pytest

from worker_service.processors.rhythm import Rhythm


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _times(rhythm: Rhythm, clock: Clock, seconds: int) -> list[int]:
    due = []
    for second in range(1, seconds + 1):
        clock.now += 1
        if rhythm.is_due():
            due.append(second)
    return due


def test_a_young_job_makes_one_every_few_seconds() -> None:
    clock = Clock()
    assert _times(Rhythm({}, clock=clock), clock, 10) == [2, 4, 6, 8, 10]
    assert _times(Rhythm({"checkpoint_every": "5"}, clock=clock), clock, 10) == [5, 10]


def test_an_old_one_spends_a_twentieth_of_its_time_between_them_also_after_a_crash() -> None:
    clock = Clock()
    assert _times(Rhythm({}, 1_000.0, clock), clock, 120) == [53, 109]
    assert len(_times(Rhythm({}, clock=clock), clock, 36_000)) < 200


def test_one_that_takes_long_is_made_seldom() -> None:
    clock = Clock()
    rhythm = Rhythm({}, clock=clock)
    assert _times(rhythm, clock, 2) == [2]
    clock.now += 0.5
    rhythm.made()
    assert _times(rhythm, clock, 12) == [10]


def test_an_operator_may_have_one_at_every_step() -> None:
    clock = Clock()
    rhythm = Rhythm({"checkpoint_every": "0"}, 1_000.0, clock)
    assert rhythm.is_due()
    assert rhythm.is_due()
    assert rhythm.seconds == pytest.approx(1_000.0)
