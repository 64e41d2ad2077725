"""`coordinates`: points on the Earth (WGS 84), their time zone by `tzfpy`, and their geohash."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tzfpy import get_tz

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 100
PLACES = 6  # decimals of a degree: a tenth of a metre
GEOHASH_LENGTH = 9  # characters: 5 m

_GEOHASH_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"
_DEGREES = re.compile(r"(?P<sign>[+-]?)(?P<number>[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*°?\s*(?P<side>[NSEWnsew]?)")
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+(?=[+-]?[0-9])")
_MOST = {"latitude": 90, "longitude": 180}
_SIDES = {"latitude": "NS", "longitude": "EW"}


def coordinates(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A point: an object of `latitude` and `longitude`, or a text with both in this order, in decimal degrees.

    `normalized` (`latitude,longitude` with six decimals), `latitude` and `longitude` (numbers, rounded to these),
    `timeZone` (IANA's name; at sea `Etc/GMT-3` and the like), `geohash` (nine characters,
    https://en.wikipedia.org/wiki/Geohash).
    """
    parts = value if isinstance(value, Mapping) and value.keys() >= _MOST.keys() else _split(_text(value))
    latitude, longitude = (_degrees(parts[name], name) for name in _MOST)
    return {
        "normalized": f"{latitude:.{PLACES}f},{longitude:.{PLACES}f}",
        "latitude": latitude,
        "longitude": longitude,
        "timeZone": get_tz(longitude, latitude) or None,
        "geohash": _geohash(latitude, longitude),
    }


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return text(value, limit=MAX_LENGTH)


def _split(written: str) -> Mapping[str, str]:
    halves = _BETWEEN.split(written)
    if len(halves) != len(_MOST):
        raise Unusable("invalid", "These are not two numbers of degrees, as in 52.52, 13.405.")
    return dict(zip(_MOST, halves, strict=True))


def _degrees(value: Any, name: str) -> float:  # noqa: ANN401 - any JSON value
    degrees = _number(value, name)
    if not -_MOST[name] <= degrees <= _MOST[name]:
        raise Unusable("invalid", f"The {name} must be from -{_MOST[name]} to {_MOST[name]} degrees.")
    return round(float(degrees), PLACES) + 0.0  # no minus zero


def _number(value: Any, name: str) -> float | Decimal:  # noqa: ANN401 - any JSON value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    found = _DEGREES.fullmatch(_text(value))
    side = found["side"].upper() if found else ""
    if found is None or side not in _SIDES[name] or (side and found["sign"]):
        raise Unusable("invalid", f"This is not a {name} in decimal degrees, as in 52.52 or 52.52 {_SIDES[name][0]}.")
    number = Decimal(found["sign"] + found["number"])
    return -number if side and side in "SW" else number


def _geohash(latitude: float, longitude: float) -> str:
    """Longitude and latitude halve the world in turn; five bits make a character."""
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    point = (longitude, latitude)
    bits = 0
    for step in range(5 * GEOHASH_LENGTH):
        low, high = ranges[step % 2]
        middle = (low + high) / 2
        above = point[step % 2] >= middle
        bits = bits * 2 + above
        ranges[step % 2] = [middle, high] if above else [low, middle]
    return "".join(_GEOHASH_DIGITS[bits >> 5 * place & 31] for place in reversed(range(GEOHASH_LENGTH)))
