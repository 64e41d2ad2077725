"""An upstream's `Retry-After`, as RFC 9110 (5.6.7, 10.2.3) has it."""

from datetime import UTC, datetime

import pytest

from shared.retry import LONGEST_DELAY
from shared.retry_after import retry_after

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 5_000, LONGEST_DELAY),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30.0),
        ("Sun Nov  6 08:49:37 1994", 30.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_DELAY),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_within_a_year(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [None, "", "soon", "-5", "+5", "1.5", "1e3", "٣", "0x10", "Sun, 99 Nov 1994 08:49:37 GMT", "12 Foo", "1994-11-06"],
)
def test_nonsense_is_no_time(header: str | None) -> None:
    assert retry_after(header, NOW) is None
