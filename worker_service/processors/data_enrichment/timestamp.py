"""`timestamp`: dates and times as ISO 8601, as Unix times, or as words and numbers. No clock is asked."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from worker_service.processors.data_enrichment.moment import EPOCH, Moment, from_iso, from_unix
from worker_service.processors.data_enrichment.value import Unusable, text
from worker_service.processors.data_enrichment.wording import from_words

MAX_LENGTH = 100  # characters; with the limit of pieces in `wording`, the worst text takes 15 ms

# `calendar.day_name` follows the process's locale.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BASIC_DATE = 8  # digits of 20250412
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000  # microseconds


def timestamp(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A moment, or a day: of a date without a time, its first moment. Without a zone it is taken to be in UTC.

    `normalized` (RFC 3339 in UTC, with milliseconds, or microseconds if there are any), `unix` (seconds since 1970,
    an integer where whole), `weekday` (in English) and `isoWeek` (`2025-W15`), both of the date as written in its own
    zone, `offset` (of that zone from UTC, `+02:00`), `zoneStated`, `timeStated`.
    """
    try:
        moment = _read(value, options)
        utc = moment.written.astimezone(UTC)
    except OverflowError as error:
        raise Unusable("invalid", "The moment lies outside the years 1 to 9999 of UTC.") from error
    microseconds = (utc - EPOCH) // _MICROSECOND
    week = moment.written.isocalendar()
    return {
        "normalized": utc.isoformat(timespec="microseconds" if microseconds % 1000 else "milliseconds")[:-6] + "Z",
        "unix": Decimal(microseconds) / _SECOND if microseconds % _SECOND else microseconds // _SECOND,
        "weekday": _WEEKDAYS[week.weekday - 1],
        "isoWeek": f"{week.year:04}-W{week.week:02}",
        "offset": moment.written.isoformat()[-6:],
        "zoneStated": moment.zone_stated,
        "timeStated": moment.time_stated,
    }


def _read(value: Any, options: Mapping[str, Any]) -> Moment:  # noqa: ANN401 - any JSON value
    unit = options.get("unit")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return from_unix(value, unit or "seconds")
    written = text(value, limit=MAX_LENGTH)
    if unit:
        return from_unix(written, unit)
    if written.isdecimal() and len(written) != _BASIC_DATE:
        raise Unusable("ambiguous", "Digits alone may be a Unix time: set options.unit if they are one.")
    return from_iso(written) or from_words(written, options.get("order"), tuple(options.get("languages", ("en",))))
