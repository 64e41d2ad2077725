from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.files import FileStore
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.timestamp import MAX_LENGTH, timestamp, with_calendar
from worker_service.processors.data_enrichment.value import Unusable

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def _refused(value: object, **options: object) -> tuple[str, str]:
    with pytest.raises(Unusable) as refused:
        timestamp(value, options)
    return refused.value.code, refused.value.message


def test_a_time_is_described() -> None:
    assert timestamp("2025-04-13T01:30:00+02:00", {}) == {
        "normalized": "2025-04-12T23:30:00.000Z",
        "unix": 1744500600,
        "weekday": "Sunday",  # where it was written; in UTC it is Saturday
        "isoWeek": "2025-W15",
        "offset": "+02:00",
        "zoneStated": True,
        "timeStated": True,
        "zoned": None,
        "holiday": None,
    }


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        # the examples of RFC 3339, 5.8; but for its leap seconds
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
        ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
        ("1985-04-12t23:20:50z", "1985-04-12T23:20:50.000Z"),
        ("1985-04-12 23:20:50 +0100", "1985-04-12T22:20:50.000Z"),
        ("19850412T232050,123456789Z", "1985-04-12T23:20:50.123456Z"),
        ("1985-04-12T23:20", "1985-04-12T23:20:00.000Z"),
        ("19850412T23", "1985-04-12T23:00:00.000Z"),
        ("19850412", "1985-04-12T00:00:00.000Z"),
        ("1985-W15-5", "1985-04-12T00:00:00.000Z"),
        ("1985W155T2320+01", "1985-04-12T22:20:00.000Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_iso_8601_is_read(written: str, normalized: str) -> None:
    assert timestamp(written, {})["normalized"] == normalized


@pytest.mark.parametrize(
    ("written", "zone_stated", "time_stated"),
    [
        ("2025-04-12", False, False),
        ("2025-04-12T00:00", False, True),
        ("2025-04-12T00:00Z", True, True),
        ("12 April 2025", False, False),
        ("12 April 2025 00:00", False, True),
        ("12 April 2025 00:00 UTC", True, True),
        (0, True, True),
    ],
)
def test_what_was_not_stated_is_said(written: object, *, zone_stated: bool, time_stated: bool) -> None:
    added = timestamp(written, {"words": True})
    assert (added["zoneStated"], added["timeStated"]) == (zone_stated, time_stated)


@pytest.mark.parametrize(
    ("day", "week"), [("2008-12-29", "2009-W01"), ("2010-01-03", "2009-W53"), ("2025-04-12", "2025-W15")]
)
def test_the_week_is_that_of_iso_8601(day: str, week: str) -> None:
    assert timestamp(day, {})["isoWeek"] == week


@pytest.mark.parametrize(
    ("value", "unit", "normalized"),
    [
        (1744459200, None, "2025-04-12T12:00:00.000Z"),
        (Decimal("1744459200.25"), None, "2025-04-12T12:00:00.250Z"),
        (-1, None, "1969-12-31T23:59:59.000Z"),
        (1744459200123, "milliseconds", "2025-04-12T12:00:00.123Z"),
        ("1744459200123", "milliseconds", "2025-04-12T12:00:00.123Z"),
        ("1744459200.5", "seconds", "2025-04-12T12:00:00.500Z"),
        (1744459200123456, "microseconds", "2025-04-12T12:00:00.123456Z"),
        (0.1, "milliseconds", "1970-01-01T00:00:00.000100Z"),
    ],
)
def test_unix_times_are_read(value: object, unit: str | None, normalized: str) -> None:
    assert timestamp(value, {"unit": unit} if unit else {})["normalized"] == normalized


@settings(deadline=None)  # the first call loads the library's data
@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES))  # noqa: DTZ001 - its form
def test_every_moment_keeps_its_place(moment: datetime) -> None:
    added = timestamp(moment.isoformat(), {})
    assert datetime.fromisoformat(added["normalized"]) == moment
    assert timestamp(added["unix"], {})["normalized"] == added["normalized"]
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(added["unix"] * 1_000_000)) == moment
    assert added["weekday"] == moment.strftime("%A")


@pytest.mark.parametrize("value", [1744459200000, -(10**12), 10**400, Decimal("1e300"), Decimal("-1e999999")])
def test_a_number_beyond_all_years_is_refused_with_advice(value: object) -> None:
    code, message = _refused(value)
    assert (code, message[-57:]) == ("invalid", "1 to 9999. Are these milliseconds? Then set options.unit.")


@pytest.mark.parametrize(
    "written",
    ["2025-02-30", "2025-13-01", "2025-04-12T24:00", "2025-04-12T23:59:60Z", "2025-W54-1", "2025-04-12T00:00+24:00"],
)
def test_iso_8601_with_no_such_date_is_refused(written: str) -> None:
    assert _refused(written) == ("invalid", "The text is in the form of ISO 8601, but there is no such date or time.")


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59-01:00", "31 Dec 9999 23:00 -05:00"])
def test_a_moment_that_utc_has_no_year_for_is_refused(written: str) -> None:
    assert _refused(written, words=True) == ("invalid", "The moment lies outside the years 1 to 9999 of UTC.")


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        # the examples of RFC 5322, appendix A, and RFC 9110, 5.6.7
        ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06.000Z"),
        ("21 Nov 97 09:55:06 GMT", None),
        ("Thu, 13 Feb 1969 23:32 -0330", "1969-02-14T03:02:00.000Z"),
        ("Thu, 13 Feb 1969 23:32:00 -0330 (Newfoundland Time)", "1969-02-14T03:02:00.000Z"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
        ("1 jul 2003 10:52:37 edt", "2003-07-01T14:52:37.000Z"),
        ("31 Feb 2003 10:52:37 GMT", None),
        ("1 Jul 2003 10:52:37 +9900", None),
    ],
)
def test_dates_of_mail_and_http_are_read(written: str, normalized: str | None) -> None:
    if normalized is None:
        assert _refused(written)[0] == "invalid"
    else:
        assert timestamp(written, {})["normalized"] == normalized


def test_other_forms_are_read_only_if_asked_for() -> None:
    assert _refused("12 April 2025") == (
        "invalid",
        "This is no date as ISO 8601 or RFC 5322 has it: set options.words if it is another.",
    )
    for options in ({"words": True}, {"languages": ["en"]}, {"order": "DMY"}):
        assert timestamp("12 April 2025", options)["normalized"] == "2025-04-12T00:00:00.000Z"


def _calendar(**options: str) -> Mapping[str, Any]:
    return with_calendar(JobContext("j", "data-enrichment", 1, FileStore("file:///nowhere")), options)


@pytest.mark.parametrize(
    ("written", "zone", "normalized", "zoned"),
    [
        ("2025-07-01T12:00", "Europe/Berlin", "2025-07-01T10:00:00.000Z", "2025-07-01T12:00:00.000+02:00"),
        ("2025-07-01T12:00Z", "Europe/Berlin", "2025-07-01T12:00:00.000Z", "2025-07-01T14:00:00.000+02:00"),
        ("2025-10-26T02:30", "Europe/Berlin", "2025-10-26T00:30:00.000Z", "2025-10-26T02:30:00.000+02:00"),  # twice
        ("1890-01-01T00:00", "Europe/Berlin", "1889-12-31T23:06:32.000Z", "1890-01-01T00:00:00.000+00:53:28"),
        ("2025-01-01T12:00", "Asia/Kathmandu", "2025-01-01T06:15:00.000Z", "2025-01-01T12:00:00.000+05:45"),
    ],
)
def test_times_without_a_zone_are_in_that_of_the_rule(written: str, zone: str, normalized: str, zoned: str) -> None:
    added = timestamp(written, _calendar(zone=zone))
    assert (added["normalized"], added["zoned"]) == (normalized, zoned)
    assert datetime.fromisoformat(added["zoned"]) == datetime.fromisoformat(normalized)


@pytest.mark.parametrize(
    ("day", "code", "holiday"),
    [
        ("2025-12-25", "DE", "Christmas Day"),
        ("2025-12-24", "DE", None),
        ("2025-03-08", "DE-BE", "Women's Day"),
        ("2025-03-08", "DE", None),
        ("2025-07-04", "US", "Independence Day"),
    ],
)
def test_holidays_are_named(day: str, code: str, holiday: str | None) -> None:
    assert timestamp(day, _calendar(holidays=code))["holiday"] == holiday


@pytest.mark.parametrize("options", [{"zone": "Europe/Nowhere"}, {"zone": "Europe"}, {"zone": "a/../../etc/passwd"}])
def test_a_zone_that_there_is_not_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(Reject, match=r"options\.zone: there is no time zone"):
        _calendar(**options)


@pytest.mark.parametrize("code", ["XX", "DE-XX"])
def test_a_country_whose_holidays_are_unknown_is_refused(code: str) -> None:
    with pytest.raises(Reject, match=f"options.holidays: no holidays are known of {code}"):
        _calendar(holidays=code)


@pytest.mark.parametrize("written", ["1744459200", "2025", "0", "\u0662\u0660"])
def test_digits_alone_are_not_guessed_at(written: str) -> None:
    assert _refused(written) == ("ambiguous", "Digits alone may be a Unix time: set options.unit if they are one.")


@pytest.mark.parametrize("written", ["2025-04-12", "1e3", "1_000", "+1", "\u0661", "1" * 19])
def test_a_text_in_a_column_of_unix_times_must_be_a_number(written: str) -> None:
    assert _refused(written, unit="seconds") == ("invalid", "This is not a number of seconds since 1970.")


@pytest.mark.parametrize(
    ("value", "code"), [(True, "wrong_type"), ([], "wrong_type"), (" ", "empty"), ("1" * (MAX_LENGTH + 1), "too_long")]
)
def test_what_is_no_time_to_read_is_refused(value: object, code: str) -> None:
    assert _refused(value)[0] == code
