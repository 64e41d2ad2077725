"""Names of countries, currencies and languages in other languages: CLDR, by `babel`."""

from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError

from worker_service.processors import JobContext, Reject

ENGLISH = Locale("en")


def with_locale(_: JobContext, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """With `options.locale` as babel's. Raises `Reject` if it has none such."""
    if "locale" not in options:
        return options
    try:
        return {**options, "locale": Locale.parse(options["locale"])}
    except (UnknownLocaleError, ValueError) as error:
        raise Reject(f"options.locale: CLDR has no locale {options['locale']!r}.") from error


def local_name(options: Mapping[str, Any], names: str, code: str) -> str | None:
    """What is called `code` among the `territories`, `currencies` or `languages`, in the language of the rule."""
    locale = options.get("locale")
    found: str | None = None if locale is None else getattr(locale, names).get(code)
    return found
