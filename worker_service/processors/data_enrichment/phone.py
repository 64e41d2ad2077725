"""`phone`: telephone numbers by the numbering plans inside `phonenumbers` (Google's libphonenumber)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    is_valid_number,
    number_type,
    parse,
    region_code_for_number,
)

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 250  # the library's own limit
# The library finds a number in any text: without this, "Invoice 20252025" has one.
_BEGINNING = re.compile(r"(?:tel|telephone|telefon|phone|mobile|mobil|cell|fax)?[.:]*\s*[+\uff0b(\d]", re.IGNORECASE)
NON_GEOGRAPHIC = "001"  # the library's region of +800 and the like

_TYPES: Mapping[int, str] = MappingProxyType(
    {
        PhoneNumberType.FIXED_LINE: "fixed_line",
        PhoneNumberType.MOBILE: "mobile",
        PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
        PhoneNumberType.TOLL_FREE: "toll_free",
        PhoneNumberType.PREMIUM_RATE: "premium_rate",
        PhoneNumberType.SHARED_COST: "shared_cost",
        PhoneNumberType.VOIP: "voip",
        PhoneNumberType.PERSONAL_NUMBER: "personal",
        PhoneNumberType.PAGER: "pager",
        PhoneNumberType.UAN: "company",
        PhoneNumberType.VOICEMAIL: "voicemail",
    }
)
_WRONG_LENGTH: Mapping[int, str] = MappingProxyType(
    {
        ValidationResult.TOO_SHORT: "it is too short",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "its area code is missing",
        ValidationResult.TOO_LONG: "it is too long",
        ValidationResult.INVALID_LENGTH: "no number there has that many digits",
    }
)


def phone(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A telephone number that a numbering plan has room for.

    `normalized` (E.164, without the extension), `national` and `international` (as people there write it), `uri`
    (RFC 3966), `callingCode` (an integer), `region` (ISO 3166-1 alpha-2; null where it belongs to none), `type`
    (`mobile`, `fixed_line`, ..., or null), `extension` (a text, or null).
    """
    number = _parsed(text(value, limit=MAX_LENGTH), options.get("region"))
    if not is_valid_number(number):
        reason = _WRONG_LENGTH.get(is_possible_number_with_reason(number), "its digits are not in use there")
        raise Unusable("invalid", f"This is no telephone number under +{number.country_code}: {reason}.")
    region = region_code_for_number(number)
    return {
        "normalized": format_number(number, PhoneNumberFormat.E164),
        "national": format_number(number, PhoneNumberFormat.NATIONAL),
        "international": format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "uri": format_number(number, PhoneNumberFormat.RFC3966),
        "callingCode": number.country_code,
        "region": None if region == NON_GEOGRAPHIC else region,
        "type": _TYPES.get(number_type(number)),
        "extension": number.extension or None,
    }


def _parsed(written: str, region: str | None) -> PhoneNumber:
    if not _BEGINNING.match(written):
        raise Unusable("invalid", "This is not a telephone number.")
    try:
        return parse(written, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            advice = "The number has no valid country code: begin it with + and the code"
            raise Unusable("invalid", f"{advice}{', or set options.region.' if region is None else '.'}") from error
        raise Unusable("invalid", "This is not a telephone number.") from error
