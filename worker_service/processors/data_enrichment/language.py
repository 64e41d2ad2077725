"""`language`: ISO 639 from the copy inside `pycountry`, names and directions from CLDR (`babel`), tags by BCP 47."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import pycountry
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from worker_service.processors.data_enrichment.country import key
from worker_service.processors.data_enrichment.locale import ENGLISH, local_name
from worker_service.processors.data_enrichment.value import Unusable, shown, text

MAX_LENGTH = 100

# RFC 5646, section 2.1, without variants and extensions.
_TAG = re.compile(
    r"(?P<code>[a-z]{2,3})(?:[-_](?P<script>[a-z]{4}))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?", re.IGNORECASE
)


class Match(NamedTuple):
    """A language's shortest code, and whether a `code`, a `tag`, its `name` or its `nativeName` was given."""

    code: str
    by: str
    script: str | None = None
    region: str | None = None


def language(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A language, in any case.

    `normalized` (a tag of BCP 47: the shortest code, and script and region if they were given), `alpha3`, `name` (in
    English), `nativeName` (its own, or null), `script` (ISO 15924) and `region` (ISO 3166-1 or UN M.49) of a tag,
    `direction` (`ltr`, `rtl`, or null where CLDR does not have the language), `matchedBy` (`code`, `tag`, `name`,
    `nativeName`), `localName`.
    """
    written = text(value, limit=MAX_LENGTH)
    match = _by_tag(written) or _by_name().get(key(written))
    if match is None:
        raise Unusable("unknown", f"No language of ISO 639 has the code, tag or name {shown(written)}.")
    entry, locale = _entry(match.code), _locale(match.code)
    return {
        "normalized": "-".join(filter(None, (match.code, match.script, match.region))),
        "alpha3": entry.alpha_3,
        "name": getattr(entry, "common_name", entry.name),
        "nativeName": locale.get_language_name() if locale else None,
        "script": match.script,
        "region": match.region,
        "direction": locale.text_direction if locale else None,
        "matchedBy": match.by,
        "localName": local_name(options, "languages", match.code),
    }


def _by_tag(written: str) -> Match | None:
    found = _TAG.fullmatch(written)
    entry = _entry(found["code"].lower()) if found else None
    if found is None or entry is None:
        return None
    script = found["script"].title() if found["script"] else None
    region = found["region"].upper() if found["region"] else None
    if script and pycountry.scripts.get(alpha_4=script) is None:
        return None
    if region and not region.isdecimal() and pycountry.countries.get(alpha_2=region) is None:
        return None
    by = "tag" if script or region else "code"
    return Match(getattr(entry, "alpha_2", entry.alpha_3), by, script, region)


def _entry(code: str) -> Any:  # noqa: ANN401 - pycountry's classes are made at run time
    """The language of a code of two or three letters; None if there is none."""
    if len(code) == 2:  # noqa: PLR2004 - as it says
        return pycountry.languages.get(alpha_2=code)
    return pycountry.languages.get(alpha_3=code) or pycountry.languages.get(bibliographic=code)


@cache
def _locale(code: str) -> Locale | None:
    try:
        return Locale(code)
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _by_name() -> Mapping[str, Match]:
    """English names win over own ones, and those of languages with two letters over those with three."""
    index: dict[str, Match] = {}
    for entry in sorted(pycountry.languages, key=lambda entry: not hasattr(entry, "alpha_2")):
        code = getattr(entry, "alpha_2", entry.alpha_3)
        for attribute in ("name", "common_name", "inverted_name"):
            if name := getattr(entry, attribute, None):
                index.setdefault(key(name), Match(code, "name"))
                index.setdefault(key(name.partition(" (")[0].partition(";")[0]), Match(code, "name"))
    for code, name in sorted(ENGLISH.languages.items()):
        if "_" not in code and _entry(code) is not None:
            index.setdefault(key(name), Match(code, "name"))
    for code in sorted(name for name in locale_identifiers() if "_" not in name):
        if (own := Locale(code).get_language_name()) and _entry(code) is not None:
            index.setdefault(key(own), Match(code, "nativeName"))
    return index
