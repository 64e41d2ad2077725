"""When ticks are: over both changes of clocks, in several zones."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ticks import NoSuchCron, Timing, check_cron, time_zones

ZONES = (
    *("Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"),
    *("America/Santiago", "Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo", "Asia/Beirut", "UTC"),
)
FIRST, LAST = 1_577_836_800_000, 2_208_988_800_000  # 2020 to 2039
SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000
times = st.integers(FIRST, LAST)
zones = st.sampled_from(ZONES)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def wall(tick: int, zone: str) -> datetime:
    return datetime.fromtimestamp(tick / 1000, ZoneInfo(zone))


def ticks(cron: str, zone: str, after: str, count: int) -> Sequence[str]:
    timing = Timing(0, cron, time_zone=zone)
    return [wall(tick, zone).isoformat() for tick in islice(timing.ticks(ms(after)), count)]


def is_imaginary(time: datetime) -> bool:
    """Of a clock's reading that its day leaves out."""
    return time.astimezone(UTC).astimezone(time.tzinfo).replace(fold=0) != time.replace(fold=0)


@given(times, zones, st.integers(0, 59), st.integers(0, 59), st.integers(0, 23), st.booleans())
def test_a_named_hour_has_one_tick_each_day_whatever_the_clocks_do(
    time: int, zone: str, second: int, minute: int, hour: int, six: bool
) -> None:
    second = second if six else 0
    cron = f"{second} {minute} {hour} * * *" if six else f"{minute} {hour} * * *"
    found = [wall(tick, zone) for tick in islice(Timing(0, cron, time_zone=zone).ticks(time), 400)]
    day = found[0].date()
    for tick in found:
        asked = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(zone))
        if is_imaginary(asked):
            assert asked.replace(tzinfo=None) < tick.replace(tzinfo=None) <= asked.replace(tzinfo=None) + timedelta(1)
        else:
            assert tick == asked
            assert tick.fold == 0
        day = tick.date() + timedelta(days=1) if not is_imaginary(asked) else asked.date() + timedelta(days=1)


@given(times, zones, st.sampled_from([1, 5, 15, 20, 30]))
def test_what_goes_by_minutes_neither_stops_nor_stutters_at_a_change_of_clocks(
    time: int, zone: str, minutes: int
) -> None:
    found = list(islice(Timing(0, f"*/{minutes} * * * *", time_zone=zone).ticks(time), 200))
    assert {later - tick for tick, later in pairwise(found)} == {minutes * 60 * SECOND}


CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00Z"),
    ("America/New_York", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T06:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("America/Santiago", "2026-09-06T04:00Z"),
    ("America/Santiago", "2026-04-05T03:00Z"),
]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize(
    "cron", ["*/5 * * * *", "0 * * * *", "30 2 * * *", "*/10 0-3 * * *", "15 30 1,2 * * *", "* * 2 * * *"]
)
def test_ticks_around_a_change_of_clocks_are_in_order_and_each_is_found_from_any_time_before_it(
    zone: str, change: str, cron: str
) -> None:
    start = ms(change) - 3 * HOUR
    timing = Timing(0, cron, time_zone=zone)
    found = list(islice(timing.ticks(start), 60))
    assert found == sorted(set(found))
    for before, tick in zip((start, *found), found, strict=False):
        for time in (before, (before + tick) // 2, tick - 1):
            assert timing.after(time) == tick


def test_in_spring_a_tick_that_the_clocks_leave_out_comes_right_after() -> None:
    expected = ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
    assert ticks("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2) == expected
    assert ticks("0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 2) == expected
    assert ticks("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", 1) == expected[:1]


def test_in_autumn_a_tick_comes_the_first_of_two_times() -> None:
    expected = ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
    assert ticks("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2) == expected
    assert ticks("0 30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2) == expected
    assert ticks("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", 1) == expected[1:]


def test_each_hour_is_an_hour_though_the_clock_shows_one_twice() -> None:
    assert ticks("0 * * * *", "Europe/Berlin", "2026-10-24T23:30Z", 3) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]


@given(times, times, st.integers(1, 10 * DAY // SECOND))
def test_every_is_counted_from_its_anchor(anchor: int, time: int, seconds: int) -> None:
    timing = Timing(anchor, every=seconds * SECOND)
    tick = timing.after(time)
    assert tick is not None
    assert tick > time
    assert tick >= anchor
    assert (tick - anchor) % (seconds * SECOND) == 0
    assert tick == anchor or tick - seconds * SECOND <= time


@given(times, st.integers(0, DAY), st.integers(0, DAY), st.sampled_from(["cron", "every"]))
def test_there_is_no_tick_before_the_start_or_after_the_end(time: int, start: int, length: int, kind: str) -> None:
    start_at = time + start
    how = {"cron": "*/7 * * * *"} if kind == "cron" else {"every": 420 * SECOND}
    timing = Timing(start_at, **how, start_at=start_at, end_at=start_at + length)
    found = list(timing.ticks(time))
    assert all(start_at <= tick <= start_at + length for tick in found)
    assert len(found) >= length // (420 * SECOND) - 9


def test_the_start_itself_is_a_tick() -> None:
    assert Timing(5_000, every=60_000, start_at=5_000).after(0) == 5_000
    assert Timing(0, "0 12 * * *", start_at=ms("2026-01-05T12:00Z")).after(0) == ms("2026-01-05T12:00Z")


@pytest.mark.parametrize("cron", ["0 0 31 2 *", "0 0 30 2 *", "59 59 23 31 6 *"])
def test_what_never_comes_true_is_refused(cron: str) -> None:
    with pytest.raises(NoSuchCron):
        check_cron(cron)


def test_what_the_calendar_never_has_has_no_tick() -> None:
    assert Timing(0, "0 0 */31 2 1#5").after(FIRST) is None


@pytest.mark.parametrize("cron", ["", "* * * *", "* * * * * * *", "60 * * * *", "x * * * *", "*/0 * * * *", "@daily"])
def test_what_is_no_expression_is_refused(cron: str) -> None:
    with pytest.raises(NoSuchCron):
        check_cron(cron)


@given(st.text("0123456789*/-,#LW ", max_size=40))
def test_any_text_is_an_expression_or_refused(cron: str) -> None:
    try:
        found = Timing(0, cron, time_zone="Europe/Berlin").after(FIRST) if cron else None
    except NoSuchCron:
        return
    assert found is None or found > FIRST


def test_after_the_last_year_there_is_no_tick() -> None:
    assert Timing(0, "0 0 1 1 *").after(ms("9999-12-31T00:00Z")) is None


def test_zones_are_those_of_the_iana_database() -> None:
    assert set(ZONES) <= time_zones()
    assert not {"Europe", "localtime"} & time_zones()
