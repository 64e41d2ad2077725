"""Time zones (IANA's, by `zoneinfo`) and public holidays (by `holidays`) of a rule."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from holidays import HolidayBase

from worker_service.processors import JobContext, Reject


def with_calendar(_: JobContext, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """With `options.zone` and `options.holidays` looked up. Raises `Reject` if there are none such."""
    found = dict(options)
    if "zone" in options:
        found["zone"] = _zone(options["zone"])
    if "holidays" in options:
        found["holidays"] = _holidays(options["holidays"])
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # a path out of the directory; a directory; no such name
        raise Reject(f"options.zone: there is no time zone {name!r}.") from error


def _holidays(code: str) -> HolidayBase:
    country, _, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None, language="en_US")
    except NotImplementedError as error:
        raise Reject(f"options.holidays: no holidays are known of {code}.") from error
