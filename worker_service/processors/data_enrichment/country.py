"""`country`: ISO 3166-1 by code or English name, from the copy inside `pycountry`. Exact matches only, no guesses."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple
from unicodedata import combining, normalize

import pycountry
from pycountry.db import Country

from worker_service.processors.data_enrichment.locale import local_name
from worker_service.processors.data_enrichment.value import Unusable, shown, text

MAX_LENGTH = 100  # the longest name has 52 characters
MAX_NUMERIC = 999

# English names in daily use that the standard does not have, by alpha-2 code. UK and EL are the European Union's.
EVERYDAY_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AE": ("UAE",),
        "BA": ("Bosnia", "Bosnia-Herzegovina"),
        "BN": ("Brunei",),
        "CC": ("Cocos Islands", "Keeling Islands"),
        "CD": ("DR Congo", "DRC", "Congo-Kinshasa"),
        "CG": ("Congo-Brazzaville", "Congo Republic"),
        "CI": ("Ivory Coast",),
        "CV": ("Cape Verde",),
        "CZ": ("Czech Republic",),
        "FK": ("Falkland Islands", "Falklands", "Malvinas"),
        "FM": ("Micronesia",),
        "GB": ("UK", "Great Britain", "Britain"),
        "GR": ("EL",),
        "MF": ("Saint Martin",),
        "MK": ("Macedonia",),
        "MM": ("Burma",),
        "MO": ("Macau",),
        "NL": ("Holland",),
        "PN": ("Pitcairn Islands",),
        "PS": ("Palestine",),
        "RU": ("Russia",),
        "SH": ("Saint Helena",),
        "SX": ("Sint Maarten",),
        "SZ": ("Swaziland",),
        "TL": ("East Timor",),
        "TR": ("Turkey",),
        "US": ("United States of America", "US of America"),
        "VA": ("Vatican", "Vatican City", "Holy See"),
    }
)

_SEPARATORS = re.compile(r"[\s,()/-]+")  # and nothing else: a strange character is no part of a name
_AND = re.compile(r"(?<=\w)\s*&\s*(?=\w)")
_SILENT = str.maketrans(dict.fromkeys(".'\N{RIGHT SINGLE QUOTATION MARK}"))


class Match(NamedTuple):
    """A country, and whether its `alpha2`, `alpha3` or `numeric` code or its `name` was given."""

    country: Country
    by: str


def country(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A country, as ISO 3166-1 counts them; in any case, with or without accents, `the`, commas and full stops.

    `normalized` (the alpha-2 code), `alpha3`, `numeric` (a text of three digits), `name` (the common one),
    `officialName` (or null), `flag` (an emoji), `matchedBy` (`alpha2`, `alpha3`, `numeric` or `name`),
    `localName` (in the language of the rule's `locale`, or null).
    """
    written = text(_numeric_code(value), limit=MAX_LENGTH)
    match = _index().get(key(written))
    if match is None:
        raise Unusable("unknown", f"No country of ISO 3166-1 has the code or the English name {shown(written)}.")
    found = match.country
    return {
        "normalized": found.alpha_2,
        "alpha3": found.alpha_3,
        "numeric": found.numeric,
        "name": getattr(found, "common_name", found.name),
        "officialName": getattr(found, "official_name", None),
        "flag": found.flag,
        "matchedBy": match.by,
        "localName": local_name(options, "territories", found.alpha_2),
    }


def key(name: str) -> str:
    """What two spellings of a code or a name have in common."""
    plain = "".join(char for char in normalize("NFKD", name) if not combining(char)).casefold()
    words = _SEPARATORS.sub(" ", _AND.sub(" and ", plain.translate(_SILENT))).split()
    if len(words) > 1:  # ST is a code
        words = ["saint" if word == "st" else word for word in words if word != "the"]
    joined = " ".join(words)
    return joined.zfill(3) if joined.isdecimal() else joined


def _numeric_code(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    is_code = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_NUMERIC
    return str(value) if is_code else value


@cache
def _index() -> Mapping[str, Match]:
    """All codes and names by their key; a code wins over a name."""
    index: dict[str, Match] = {}
    for attribute, by in (("alpha_2", "alpha2"), ("alpha_3", "alpha3"), ("numeric", "numeric")):
        for entry in pycountry.countries:
            index[key(getattr(entry, attribute))] = Match(entry, by)
    for entry in pycountry.countries:
        for name in _names(entry):
            index.setdefault(key(name), Match(entry, "name"))
    return index


def _names(entry: Country) -> Iterator[str]:
    for attribute in ("name", "common_name", "official_name"):
        name = getattr(entry, attribute, None)
        if name:
            yield name
            head, _, tail = name.partition(", ")
            yield f"{tail} {head}"  # Korea, Republic of
    yield from EVERYDAY_NAMES.get(entry.alpha_2, ())
