"""What becomes of the ticks of a schedule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from shared.ids import is_id
from shared.job import Status
from shared.schedules import (
    MOST,
    ON_TIME,
    CatchUp,
    Entry,
    Overlap,
    Schedule,
    Step,
    Taken,
    begun,
    failed,
    job_of,
    look_at,
    paused,
    revised,
    run_now,
    take,
)
from tests.shared.schedule_examples import NOW, schedule, template

MINUTE, HOUR = 60_000, 3_600_000


def seconds(*ticks: int) -> list[int]:
    return [(tick - NOW) // 1000 for tick in ticks]


def outcomes(step: Step) -> list[tuple[int, Taken]]:
    return [((entry.tick - NOW) // 1000, entry.outcome) for entry in step.entries]


def jobs(step: Step) -> list[int]:
    """The ticks that had a job, in seconds."""
    return seconds(*(entry.tick for entry in step.entries if entry.outcome is Taken.SUBMITTED))


def changed(schedule: Schedule, **facts: Any) -> Schedule:
    return replace(schedule, **facts)


def test_a_new_schedule_looks_ahead_only() -> None:
    assert schedule().next_run_at == NOW + 1000
    assert schedule(start_at=NOW - 10 * HOUR, every=7.0).next_run_at == NOW + 1_000  # 36,001 s = 5,143 x 7 s
    assert schedule(start_at=NOW + HOUR).next_run_at == NOW + HOUR


def test_nothing_is_done_before_the_tick() -> None:
    step = take(schedule(), NOW + 999, is_busy=False)
    assert (list(step.jobs), list(step.entries), step.schedule.next_run_at) == ([], [], NOW + 1000)


def test_a_tick_has_one_job_which_runs_at_once() -> None:
    step = take(schedule(), NOW + 1200, is_busy=False)
    (job,) = step.jobs
    assert (job.status, job.created_at, job.run_at, job.schedule_id) == (
        Status.PENDING,
        NOW + 1200,
        NOW + 1200,
        step.schedule.id,
    )
    assert (step.schedule.last_job_id, step.schedule.last_run_at) == (job.id, NOW + 1000)
    assert step.schedule.next_run_at == NOW + 2000


def test_whoever_makes_the_job_of_a_tick_gives_it_the_same_id_and_no_other_tick_has_it() -> None:
    made = schedule()
    ids = {job_of(made, tick, now).id for tick in range(NOW, NOW + 5_000, 1000) for now in (tick, tick + 77)}
    assert len(ids) == 5
    assert all(is_id(id) for id in ids)
    assert sorted(ids) == [job_of(made, tick, tick).id for tick in range(NOW, NOW + 5_000, 1000)]


def test_delays_and_deadlines_of_the_job_count_from_the_tick() -> None:
    made = schedule(job=template(run_at=5_000, expires_in=10.0, deadline=60.0))
    job = job_of(made, NOW, NOW)
    assert (job.status, job.run_at, job.start_by, job.deadline_at) == (
        Status.SCHEDULED,
        NOW + 5_000,
        NOW + 15_000,
        NOW + 60_000,
    )


@given(st.integers(0, 1000), st.floats(0, 86_400))
def test_jitter_is_between_nothing_and_all_of_it_and_the_same_for_whoever_asks(number: int, jitter: float) -> None:
    made, tick = schedule(jitter=jitter), NOW + number * 1000
    job = job_of(made, tick, tick)
    assert tick <= job.run_at <= tick + jitter * 1000
    assert job_of(made, tick, tick - 1).run_at == job.run_at


def test_jitter_spreads() -> None:
    made = schedule(jitter=100.0)
    delays = [job_of(made, tick, tick).run_at - tick for tick in range(NOW, NOW + 1_000_000, 1000)]
    assert min(delays) < 1_000
    assert max(delays) > 99_000
    assert 48_000 < sum(delays) / len(delays) < 52_000


@pytest.mark.parametrize("catch_up", list(CatchUp))
def test_a_tick_that_is_a_little_late_is_on_time_whatever_is_caught_up(catch_up: CatchUp) -> None:
    made = schedule(overlap=Overlap.ALLOW, catch_up=catch_up)
    assert jobs(take(made, NOW + ON_TIME, is_busy=False)) == list(range(1, 11))


@pytest.mark.parametrize(
    ("catch_up", "window", "run", "missed"),
    [
        (CatchUp.NONE, 86_400, [], [(1 * 3600, 4 * 3600 + 20)]),
        (CatchUp.ONE, 86_400, [3600], [(2 * 3600, 4 * 3600 + 20)]),
        (CatchUp.ALL, 86_400, [3600, 7200, 10800, 14400], []),
        (CatchUp.ALL, 7200, [10800, 14400], [(3600, 2 * 3600 + 30)]),
        (CatchUp.ONE, 7200, [10800], [(3600, 2 * 3600 + 30), (14400, 4 * 3600 + 20)]),
        (CatchUp.ALL, 0, [], [(3600, 4 * 3600 + 20)]),
        (CatchUp.ONE, 5, [], [(3600, 4 * 3600 + 20)]),
    ],
)
def test_what_nobody_took_in_time_is_caught_up_as_the_policy_says(
    catch_up: CatchUp, window: float, run: list[int], missed: list[tuple[int, int]]
) -> None:
    made = schedule(every=3600.0, overlap=Overlap.ALLOW, catch_up=catch_up, catch_up_window=float(window))
    step = take(made, NOW + 4 * HOUR + 30_000, is_busy=False)
    assert jobs(step) == run
    entries = [entry for entry in step.entries if entry.outcome is Taken.MISSED]
    assert [tuple(seconds(entry.tick, entry.until or 0)) for entry in entries] == missed
    assert step.schedule.next_run_at == NOW + 5 * HOUR


def test_what_is_missed_does_not_cost_what_is_on_time() -> None:
    step = take(schedule(every=60.0, catch_up=CatchUp.NONE), NOW + HOUR + 2_000, is_busy=False)
    assert outcomes(step) == [(60, Taken.MISSED), (3600, Taken.SUBMITTED)]


def test_a_year_of_seconds_is_caught_up_in_steps() -> None:
    made = schedule(overlap=Overlap.ALLOW, catch_up=CatchUp.ALL, catch_up_window=1e9)
    now, seen = NOW + 365 * 24 * HOUR, 0
    for _ in range(3):
        step = take(made, now, is_busy=False)
        assert len(step.jobs) == MOST
        assert jobs(step)[0] == seen + 1
        made, seen = step.schedule, seen + MOST
    assert look_at(made, now) == NOW + (seen + 1) * 1000


def test_heavy_jobs_are_made_a_few_at_a_time() -> None:
    heavy = template(payload=Raw(b'{"text":"%s"}' % (b"x" * 1_000_000)))
    step = take(schedule(job=heavy, overlap=Overlap.ALLOW), NOW + 9_000, is_busy=False)
    assert (jobs(step), step.schedule.next_run_at) == ([1, 2, 3, 4], NOW + 5_000)


@given(
    st.sampled_from(list(CatchUp)),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=30),
    st.integers(1, 30),
    st.integers(0, 60),
)
def test_each_tick_has_one_outcome_whenever_it_is_looked_at(
    catch_up: CatchUp, pauses: list[int], every: int, window: int
) -> None:
    made = schedule(
        every=float(every), overlap=Overlap.ALLOW, catch_up=catch_up, catch_up_window=float(window), jitter=3.0
    )
    now, told = NOW, list[Entry]()
    for pause in pauses:
        now += pause
        step = take(made, now, is_busy=False)
        made = step.schedule
        told += step.entries
    ticks = range(NOW + every * 1000, now + 1, every * 1000)
    for tick in ticks:
        about = [entry for entry in told if entry.tick == tick or (entry.until and entry.tick <= tick < entry.until)]
        assert len(about) == 1, tick
    assert {entry.tick for entry in told} <= set(ticks)
    assert made.next_run_at == (ticks[-1] if ticks else NOW) + every * 1000


def test_while_the_last_job_runs_ticks_are_skipped() -> None:
    step = take(schedule(overlap=Overlap.SKIP), NOW + 2_000, is_busy=True)
    assert outcomes(step) == [(1, Taken.SKIPPED), (2, Taken.SKIPPED)]
    assert step.schedule.last_run_at is None


def test_of_two_ticks_at_once_the_second_is_skipped() -> None:
    step = take(schedule(overlap=Overlap.SKIP), NOW + 2_000, is_busy=False)
    assert outcomes(step) == [(1, Taken.SUBMITTED), (2, Taken.SKIPPED)]


def test_ticks_wait_for_the_last_job_and_go_one_by_one() -> None:
    made = schedule(overlap=Overlap.QUEUE, every=5.0)
    step = take(made, NOW + 10_000, is_busy=True)
    assert (outcomes(step), seconds(*step.schedule.waiting)) == ([], [5, 10])
    assert look_at(step.schedule, NOW + 10_000) == NOW + 11_000
    step = take(step.schedule, NOW + 11_000, is_busy=False)
    assert (jobs(step), seconds(*step.schedule.waiting)) == ([5], [10])
    step = take(step.schedule, NOW + 13_000, is_busy=True)
    assert (jobs(step), seconds(*step.schedule.waiting)) == ([], [10])
    step = take(step.schedule, NOW + HOUR, is_busy=False)
    assert jobs(step) == [10]  # though it is an hour late, it was no one's fault


def test_no_more_ticks_wait_than_may() -> None:
    made = schedule(overlap=Overlap.QUEUE, catch_up=CatchUp.ALL)
    made = take(made, NOW + MOST * 1000, is_busy=True).schedule
    step = take(made, NOW + MOST * 1000 + 2_000, is_busy=True)
    assert len(step.schedule.waiting) == MOST
    assert outcomes(step) == [(MOST + 1, Taken.SKIPPED), (MOST + 2, Taken.SKIPPED)]


def test_the_old_job_is_cancelled_for_the_newest_tick() -> None:
    made = changed(schedule(overlap=Overlap.CANCEL_OLD), last_job_id="the old one")
    step = take(made, NOW + 3_000, is_busy=True)
    assert outcomes(step) == [(1, Taken.SKIPPED), (2, Taken.SKIPPED), (3, Taken.SUBMITTED)]
    assert step.cancels == "the old one"
    assert take(made, NOW + 3_000, is_busy=False).cancels == take(made, NOW, is_busy=True).cancels == ""


def test_a_paused_schedule_has_no_ticks_and_makes_up_for_none() -> None:
    made = paused(schedule(), NOW, is_paused=True)
    assert look_at(made, NOW) is None
    again = paused(made, NOW + HOUR + 300, is_paused=False)
    assert look_at(again, NOW + HOUR + 300) == NOW + HOUR + 1000
    assert again.rev == made.rev + 1 == 3
    assert paused(again, NOW + 2 * HOUR, is_paused=False) is again


def test_after_its_end_a_schedule_has_no_ticks() -> None:
    made = schedule(end_at=NOW + 2_000, overlap=Overlap.ALLOW)
    step = take(made, NOW + 5_000, is_busy=False)
    assert jobs(step) == [1, 2]
    assert step.schedule.next_run_at is None
    assert look_at(step.schedule, NOW + 5_000) is None


def test_what_waited_is_run_after_the_end_too() -> None:
    made = take(schedule(end_at=NOW + 2_000, overlap=Overlap.QUEUE), NOW + 2_000, is_busy=True).schedule
    assert jobs(take(made, NOW + 5_000, is_busy=False)) == [1]


def test_a_change_of_what_is_no_time_loses_no_tick() -> None:
    old = schedule()
    new = revised(old, changed(old, name="another", rev=1), NOW + 1_500)
    assert (new.next_run_at, new.rev, new.name) == (NOW + 1000, 2, "another")


def test_other_ticks_are_looked_for_from_now_on() -> None:
    old = schedule()
    new = revised(old, changed(old, every=10.0), NOW + 5_500)
    assert new.next_run_at == NOW + 10_000


def test_a_job_by_hand_is_beside_all_ticks() -> None:
    made = changed(schedule(), last_job_id="of a tick")  # which is the one that the next tick may not overlap
    step = run_now(made, "an id", NOW + 300)
    (job,) = step.jobs
    assert (job.id, job.run_at, step.schedule.last_job_id) == ("an id", NOW + 300, "of a tick")
    assert (step.schedule.next_run_at, step.schedule.last_run_at) == (made.next_run_at, None)
    assert step.entries[0].by_hand


def test_what_failed_is_still_due() -> None:
    made = schedule()
    step = failed(made, NOW + 1_500, "why")
    assert step.schedule.next_run_at == made.next_run_at
    assert [(entry.tick, entry.outcome, entry.error) for entry in step.entries] == [(NOW + 1000, Taken.FAILED, "why")]


def test_a_schedule_begins_again_without_what_waited() -> None:
    made = changed(schedule(overlap=Overlap.QUEUE), waiting=(NOW,))
    assert begun(made, NOW).waiting == ()
