"""Dates as e-mail and HTTP write them: RFC 5322 (section 3.3, and the zones of section 4.3) and RFC 9110."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from worker_service.processors.data_enrichment.moment import Moment
from worker_service.processors.data_enrichment.value import Unusable

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS: Mapping[str, int] = MappingProxyType(
    {"GMT": 0, "UT": 0, "UTC": 0, "Z": 0}
    | {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
)
_FORM = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun), ?)?"
    rf"(?P<day>[0-9]{{1,2}})[ -](?P<month>{'|'.join(_MONTHS)})[ -](?P<year>[0-9]{{4}})"
    rf" (?P<hour>[0-9]{{2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}))?"
    rf" (?:(?P<sign>[+-])(?P<hours>[0-9]{{2}})(?P<minutes>[0-9]{{2}})|(?P<name>{'|'.join(_HOURS)}))(?: ?\([^()]*\))?",
    re.IGNORECASE,
)


def from_mail(written: str) -> Moment | None:
    """The moment of a text in that form; None if it is not in it. Raises `Unusable`."""
    found = _FORM.fullmatch(written)
    if found is None:
        return None
    month = _MONTHS.index(found["month"].lower()) + 1
    day, hour, minute, second = (int(found[name] or 0) for name in ("day", "hour", "minute", "second"))
    try:
        moment = datetime(int(found["year"]), month, day, hour, minute, second, tzinfo=_zone(found))
    except ValueError as error:
        raise Unusable("invalid", "The text is in the form of RFC 5322, but there is no such date or time.") from error
    return Moment(moment, zone_stated=True, time_stated=True)


def _zone(found: re.Match[str]) -> timezone:
    if found["name"]:
        return timezone(timedelta(hours=_HOURS[found["name"].upper()]))
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    return timezone(-offset if found["sign"] == "-" else offset)
