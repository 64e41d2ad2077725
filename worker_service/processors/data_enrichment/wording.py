"""Dates in words and numbers, by `dateparser`, kept from all that it would guess.

It would fill what a text leaves out from the present, and read `03/04/2025` in the order that it prefers. Here day,
month and year must stand in the text, relative words (`yesterday`, `next Friday`) are refused, so that a job gives the
same result on any day, and a date that different orders read differently is a problem until the rule states one.
Years of two digits are those of POSIX: 69 to 99 are 1969 to 1999.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timezone
from functools import lru_cache

from dateparser.date import DateDataParser
from dateparser.timezone_parser import pop_tz_offset_from_string

from shared.job_types.enrichment_options import ORDERS
from worker_service.processors.data_enrichment.moment import Moment
from worker_service.processors.data_enrichment.value import Unusable

# Names of zones that mean one offset: RFC 5322, section 4.3, and others that no two regions share. IST is India's,
# Ireland's and Israel's.
CLEAR_ZONES = frozenset({
    "UTC", "UT", "GMT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT",
    "WET", "WEST", "CET", "CEST", "EET", "EEST", "MSK", "JST", "KST", "NZST", "NZDT", "AEST", "AEDT", "AKST", "AKDT",
})  # fmt: skip

_SETTINGS = {
    "PARSERS": ["absolute-time"],  # without "relative-time", and "timestamp", which is `from_unix`'s
    "STRICT_PARSING": True,  # day, month and year, or nothing
    "STRICT_DATE_ORDER": "all",  # else 13/04 in the order MDY is read as DMY in silence
    "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 - its form; never used, but it keeps the clock out
    "TIMEZONE": "UTC",
    "RETURN_TIME_AS_PERIOD": True,  # else nothing tells a day from its midnight
}
MAX_LENGTH = 64  # characters: the time of the worst text grows with its length
MAX_PIECES = 20  # words, numbers and signs

_PIECE = re.compile(r"\d+|[^\W\d]+|[^\w\s]")
_TIME_OR_OFFSET = re.compile(r"[0-9]{1,2}(?::[0-9]{2})+(?:[.,][0-9]+)?|[+-][0-9]{4}$")
_DIGITS = re.compile(r"\d+")
_ZONE_COMMENT = re.compile(r"(?<=[+-][0-9]{4}) ?\([^()]*\)$")  # JavaScript: GMT+0200 (Central European Summer Time)


def from_words(written: str, order: str | None, languages: tuple[str, ...]) -> Moment:
    """The moment of a text with the words of these languages. Raises `Unusable`."""
    plain = _ZONE_COMMENT.sub("", written.replace("\N{MINUS SIGN}", "-"))
    if len(plain) > MAX_LENGTH or len(_PIECE.findall(plain)) > MAX_PIECES:
        raise Unusable("invalid", "The text has too many words and numbers to be a date.")
    outcome = _outcome(plain, order, languages)
    if isinstance(outcome, Moment):
        return outcome
    raise Unusable(*outcome)


@lru_cache(
    maxsize=4096
)  # a column of days repeats itself, its mistakes, too; and a reading takes a millisecond or more
def _outcome(plain: str, order: str | None, languages: tuple[str, ...]) -> Moment | tuple[str, str]:
    """The moment, or why there is none."""
    try:
        return _moment(plain, order, languages)
    except Unusable as reason:
        return reason.code, reason.message


def _moment(plain: str, order: str | None, languages: tuple[str, ...]) -> Moment:
    if not _order_matters(plain):
        return _agreed(_readings(plain, ORDERS[:1], languages), languages)
    if order is None:
        return _agreed(_readings(plain, ORDERS, languages), languages)
    return _read(plain, order, languages) or _in_any_order(plain, order, languages)


def _order_matters(written: str) -> bool:
    """Not beside a year of four digits and one other number, the day: the month is a word. Else perhaps."""
    numbers = _DIGITS.findall(_TIME_OR_OFFSET.sub(" ", written))
    return len(numbers) > 2 or not any(len(number) == 4 for number in numbers)  # noqa: PLR2004 - as it says


def _readings(written: str, orders: Iterable[str], languages: tuple[str, ...]) -> list[Moment]:
    return [moment for order in orders if (moment := _read(written, order, languages))]


def _agreed(readings: Sequence[Moment], languages: tuple[str, ...]) -> Moment:
    """What all the readings say."""
    if not readings:
        known = ", ".join(languages)
        raise Unusable("invalid", f"This is not a date with day, month and year as numbers or words ({known}).")
    if any(reading != readings[0] for reading in readings):
        days = " or ".join(sorted({f"{reading.written:%Y-%m-%d}" for reading in readings}))
        raise Unusable("ambiguous", f"This may be {days}: set options.order.")
    return readings[0]


def _in_any_order(written: str, wanted: str, languages: tuple[str, ...]) -> Moment:
    """The moment of a text that the wanted order does not fit, if no order plays a part in it."""
    others = [order for order in ORDERS if order != wanted]
    readings = _readings(written, others, languages)
    if readings and (len(readings) < len(others) or readings[0] != readings[1]):
        raise Unusable("invalid", f"This date does not have its numbers in the order {wanted}.")
    return _agreed(readings, languages)


def _read(written: str, order: str, languages: tuple[str, ...]) -> Moment | None:
    data = _parser(order, languages).get_date_data(written)
    if data.date_obj is None or data.period == "part_of_day":  # "morning" is no time, though dateparser has one for it
        return None
    time_stated = data.period == "time"
    if data.date_obj.tzinfo is None:
        return Moment(data.date_obj.replace(tzinfo=UTC), zone_stated=False, time_stated=time_stated)
    return Moment(data.date_obj.astimezone(_zone(written)), zone_stated=True, time_stated=time_stated)


def _zone(written: str) -> timezone:
    """The zone that `dateparser` found, which its result, in UTC, no longer shows."""
    _, zone = pop_tz_offset_from_string(written)
    if zone is None:
        raise Unusable("invalid", "The time zone of this date cannot be made out: write it as in +02:00.")
    name = zone.tzname(None)
    if name.isalpha() and name not in CLEAR_ZONES:
        raise Unusable("ambiguous", f"{name} is the name of several time zones: write the offset, as in +02:00.")
    return timezone(zone.utcoffset(None))


@lru_cache(maxsize=64)
def _parser(order: str, languages: tuple[str, ...]) -> DateDataParser:
    return DateDataParser(languages=list(languages), settings={**_SETTINGS, "DATE_ORDER": order})
