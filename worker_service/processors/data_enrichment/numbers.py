"""`vat` and `isbn`: numbers with check digits, by `python-stdnum`, of which nothing is used that asks a server."""

import re
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from stdnum import isbn as stdnum_isbn
from stdnum.ch import vat as ch
from stdnum.eu import vat as eu
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb
from stdnum.no import mva as no

from worker_service.processors.data_enrichment.value import Unusable, shown, text

MAX_LENGTH = 40

_PREFIX = re.compile(r"(CHE|[A-Z]{2})[ .-]?(?=[A-Z0-9+*])")
_UNLIKE_ISO: Mapping[str, str] = MappingProxyType({"EL": "GR", "XI": "GB", "CHE": "CH"})
_GREECE = "EL"  # what the European Union writes before the numbers of Greece
_OTHERS: Mapping[str, ModuleType] = MappingProxyType({"GB": gb, "NO": no, "CHE": ch})


def vat(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A VAT number with its prefix, of the right form and, where its country has one, with the right check digit.

    `normalized` (with its prefix, without blanks and points), `country` (ISO 3166-1 alpha-2), `number` (without its
    prefix). Whether it is in use, only the tax authorities know.
    """
    written = text(value, limit=MAX_LENGTH).upper()
    found = _PREFIX.match(written) if written.isascii() else None
    prefix = found[1].replace("GR", _GREECE) if found else ""
    if found is None or not (prefix in _OTHERS or _in_union(prefix)):
        raise Unusable("invalid", "This has no prefix of a country whose VAT numbers are known, as in DE136695976.")
    number = _number(prefix, written[found.end() :])
    return {"normalized": f"{prefix}{number}", "country": _UNLIKE_ISO.get(prefix, prefix), "number": number}


def _in_union(prefix: str) -> bool:
    return prefix == _GREECE or prefix.lower() in eu.MEMBER_STATES


def _number(prefix: str, rest: str) -> str:
    try:
        if prefix not in _OTHERS:
            return str(eu.validate(prefix + rest))[len(prefix) :]
        bare = rest if prefix == "GB" else prefix + rest
        return str(_OTHERS[prefix].validate(bare)).removeprefix(prefix)
    except (ValidationError, ValueError, KeyError) as error:
        raise Unusable("invalid", f"This is not a VAT number of {prefix}: {_why(error)}.") from error


def isbn(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The number of a book, whose check digit is right.

    `normalized` (13 digits), `isbn10` (or null: numbers from 979 have none), `formatted` (with hyphens), `group` (of
    a language or country), `registrant` (of a publisher), `publication`: null where the ranges know no such.
    """
    written = text(value, limit=MAX_LENGTH).upper().removeprefix("ISBN").lstrip(": ")
    try:
        long = str(stdnum_isbn.validate(written, convert=True))
        _prefix, group, registrant, publication, _check = stdnum_isbn.split(long)
    except (ValidationError, ValueError) as error:
        raise Unusable("invalid", f"{shown(written)} is not an ISBN: {_why(error)}.") from error
    return {
        "normalized": long,
        "isbn10": str(stdnum_isbn.to_isbn10(long)) if long.startswith("978") else None,
        "formatted": stdnum_isbn.format(long),
        "group": group or None,
        "registrant": registrant or None,
        "publication": publication or None,
    }


def _why(error: Exception) -> str:
    said = str(error).rstrip(".").lower() if isinstance(error, ValidationError) else ""
    return said or "it has not the right form"
