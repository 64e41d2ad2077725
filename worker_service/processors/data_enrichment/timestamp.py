"""`timestamp`: dates and times as standards write them, as Unix times, or, if asked for, in other forms.

No clock is asked. What stands in no standard's form goes to `dateparser` only if a rule says so: it takes a thousand
times as long.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from worker_service.processors.data_enrichment.calendars import with_calendar
from worker_service.processors.data_enrichment.mail_date import from_mail
from worker_service.processors.data_enrichment.moment import EPOCH, Moment, from_iso, from_unix
from worker_service.processors.data_enrichment.value import Unusable, text
from worker_service.processors.data_enrichment.wording import from_words

__all__ = ["timestamp", "with_calendar"]

MAX_LENGTH = 100  # characters

# `calendar.day_name` follows the process's locale.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BASIC_DATE = 8  # digits of 20250412
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000  # microseconds
_DATE_AND_TIME = 26  # characters before the offset
_ASK_FOR_WORDS = ("words", "order", "languages")


def timestamp(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A moment, or a day: of a date without a time, its first moment. Without a zone it is in `options.zone`, or UTC.

    `normalized` (RFC 3339 in UTC, with milliseconds, or microseconds if there are any), `unix` (seconds since 1970,
    an integer where whole), `weekday` (in English) and `isoWeek` (`2025-W15`), both of the date as written in its own
    zone, `offset` (of that zone from UTC, `+02:00`), `zoneStated`, `timeStated`, `zoned` (RFC 3339 in `options.zone`),
    `holiday` (of `options.holidays` on that date, in English; both null without their options).

    Of a local time that comes twice, when clocks go back, it is the first. The offset of a local mean time, as was in
    use before there were zones, has seconds, too.
    """
    try:
        moment = _in_zone(_read(value, options), options)
        utc = moment.written.astimezone(UTC)
        zoned = utc.astimezone(options["zone"]) if "zone" in options else None
    except OverflowError as error:
        raise Unusable("invalid", "The moment lies outside the years 1 to 9999 of UTC.") from error
    microseconds = (utc - EPOCH) // _MICROSECOND
    week = moment.written.isocalendar()
    return {
        "normalized": _precise(utc)[:-6] + "Z",
        "unix": Decimal(microseconds) / _SECOND if microseconds % _SECOND else microseconds // _SECOND,
        "weekday": _WEEKDAYS[week.weekday - 1],
        "isoWeek": f"{week.year:04}-W{week.week:02}",
        "offset": moment.written.isoformat(timespec="microseconds")[_DATE_AND_TIME:],
        "zoneStated": moment.zone_stated,
        "timeStated": moment.time_stated,
        "zoned": None if zoned is None else _precise(zoned),
        "holiday": options["holidays"].get(moment.written.date()) if "holidays" in options else None,
    }


def _precise(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds")


def _in_zone(moment: Moment, options: Mapping[str, Any]) -> Moment:
    if moment.zone_stated or "zone" not in options:
        return moment
    local = moment.written.replace(tzinfo=options["zone"])
    return Moment(local, zone_stated=False, time_stated=moment.time_stated)


def _read(value: Any, options: Mapping[str, Any]) -> Moment:  # noqa: ANN401 - any JSON value
    unit = options.get("unit")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return from_unix(value, unit or "seconds")
    written = text(value, limit=MAX_LENGTH)
    if unit:
        return from_unix(written, unit)
    if written.isdecimal() and len(written) != _BASIC_DATE:
        raise Unusable("ambiguous", "Digits alone may be a Unix time: set options.unit if they are one.")
    return from_iso(written) or from_mail(written) or _in_other_words(written, options)


def _in_other_words(written: str, options: Mapping[str, Any]) -> Moment:
    if not any(options.get(name) for name in _ASK_FOR_WORDS):
        raise Unusable("invalid", "This is no date as ISO 8601 or RFC 5322 has it: set options.words if it is another.")
    return from_words(written, options.get("order"), tuple(options.get("languages", ("en",))))
