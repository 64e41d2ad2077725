"""Moments that are written in a notation that leaves no choice: ISO 8601, RFC 3339 and Unix times."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from worker_service.processors.data_enrichment.value import Unusable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECONDS: Mapping[str, int] = MappingProxyType({"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1})
_BEYOND_ALL_YEARS = 10**18  # of any unit
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")

# ISO 8601 calendar and week dates, complete; RFC 3339's lower case, and its space instead of T. Hours end with 23, and
# seconds with 59, since Python has neither 24:00 nor leap seconds.
_ISO = re.compile(
    r"(?P<date>[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4}|-W[0-9]{2}-[1-7]|W[0-9]{2}[1-7]))"
    r"(?:[Tt ](?P<time>[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?|[0-9]{2}(?:[0-9]{2}(?:[.,][0-9]+)?)?)?)"
    r" ?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


@dataclass(frozen=True)
class Moment:
    """A time in the zone in which it was written; in UTC if none was."""

    written: datetime
    zone_stated: bool
    time_stated: bool


def from_iso(written: str) -> Moment | None:
    """The moment of a text in ISO 8601 or RFC 3339; None if it is not in that form. Raises `Unusable`."""
    found = _ISO.fullmatch(written)
    if found is None:
        return None
    time, zone = found["time"] or "00", found["zone"] or "Z"
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{time}{zone.upper()}")
    except ValueError as error:
        raise Unusable("invalid", "The text is in the form of ISO 8601, but there is no such date or time.") from error
    return Moment(moment, zone_stated=found["zone"] is not None, time_stated=found["time"] is not None)


def from_unix(value: str | float | Decimal, unit: str) -> Moment:
    """The moment so many units after 1970 began in UTC, to the nearest microsecond. Raises `Unusable`."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise Unusable("invalid", f"This is not a number of {unit} since 1970.")
    count = Decimal(repr(value) if isinstance(value, float) else value)
    if abs(count) < _BEYOND_ALL_YEARS:  # 1e999999 would be a megabyte of digits
        with suppress(OverflowError):
            moment = EPOCH + timedelta(microseconds=round(count * _MICROSECONDS[unit]))
            return Moment(moment, zone_stated=True, time_stated=True)
    advice = "Are these milliseconds? Then set options.unit." if unit == "seconds" else "Is options.unit right?"
    raise Unusable("invalid", f"So many {unit} since 1970 are outside the years 1 to 9999. {advice}")
