"""`currency`: ISO 4217 by code or English name, from the copy in `pycountry`; signs and digits by `babel` (CLDR)."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import pycountry
from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol

from worker_service.processors.data_enrichment.country import key
from worker_service.processors.data_enrichment.locale import ENGLISH, local_name
from worker_service.processors.data_enrichment.value import Unusable, shown, text

MAX_LENGTH = 100
MAX_NUMERIC = 999
# Signs that several currencies share: whose they are, the text does not say.
SHARED_SIGNS = frozenset({"$", "£", "¥", "kr", "kr.", "rs", "rs.", "₨", "fr", "fr.", "r", "c$", "﷼"})


class Match(NamedTuple):
    """A currency, and whether its `code`, `numeric`, `name` or `symbol` was given."""

    entry: Any  # pycountry's classes are made at run time
    by: str


def currency(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A currency in use, in any case.

    `normalized` (the alphabetic code), `numeric` (a text of three digits), `name` (in English), `symbol` (as English
    has it; the code where there is none), `digits` (after the point, as CLDR counts them), `matchedBy` (`code`,
    `numeric`, `name`, `symbol`), `localName`.
    """
    is_code = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_NUMERIC
    written = text(f"{value:03}" if is_code else value, limit=MAX_LENGTH)
    if written.casefold() in SHARED_SIGNS:
        raise Unusable("ambiguous", f"{shown(written)} is the sign of several currencies: write the code, as in USD.")
    match = _index().get(written) or _index().get(key(written))
    if match is None:
        raise Unusable("unknown", f"No currency of ISO 4217 has the code, name or sign {shown(written)}.")
    entry = match.entry
    return {
        "normalized": entry.alpha_3,
        "numeric": entry.numeric,
        "name": entry.name,
        "symbol": get_currency_symbol(entry.alpha_3, ENGLISH),
        "digits": get_currency_precision(entry.alpha_3),
        "matchedBy": match.by,
        "localName": local_name(options, "currencies", entry.alpha_3),
    }


@cache
def _index() -> Mapping[str, Match]:
    index: dict[str, Match] = {}
    for entry in pycountry.currencies:
        index[key(entry.alpha_3)] = Match(entry, "code")
        index[key(entry.numeric)] = Match(entry, "numeric")
    for entry in pycountry.currencies:
        names = (entry.name, *(get_currency_name(entry.alpha_3, count, ENGLISH) for count in (None, 1, 2)))
        for name in names:
            index.setdefault(key(name), Match(entry, "name"))
        symbol = get_currency_symbol(entry.alpha_3, ENGLISH)
        if symbol.casefold() not in SHARED_SIGNS:
            index.setdefault(symbol, Match(entry, "symbol"))
    return index
