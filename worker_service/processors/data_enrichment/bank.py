"""`iban` and `bic`: accounts and banks, by the structures and the tables of banks inside `schwifty`."""

from collections.abc import Mapping
from typing import Any

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_IBAN = 64  # 34 characters (ISO 13616-1), and what stands between them
MAX_BIC = 32  # 11 characters (ISO 9362)
PRIMARY_OFFICE = "XXX"  # the branch that 8 characters leave out


def iban(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """An account number of the form of its country, whose check digits are right (ISO 7064, MOD 97-10).

    `normalized` (without blanks), `formatted` (in fours), `country` (ISO 3166-1 alpha-2), `bankCode` and
    `accountCode` (the country's own), `bic` and `bank` (its name; both null where the table has no such bank).
    Whether there is such an account, only its bank knows.
    """
    written = text(value, limit=MAX_IBAN).upper().removeprefix("IBAN")
    if not written.isascii():
        raise Unusable("invalid", "This is not an IBAN: it has other characters than Latin letters and digits.")
    try:
        found = IBAN(written)
        code = found.bic
    except (SchwiftyException, ValueError) as error:
        raise Unusable("invalid", f"This is not an IBAN: {error}.") from error
    return {
        "normalized": str(found),
        "formatted": found.formatted,
        "country": found.country_code,
        "bankCode": found.bank_code or None,
        "accountCode": found.account_code or None,
        "bic": None if code is None else _whole(code),
        "bank": found.bank_name,
    }


def bic(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """A bank's code.

    `normalized` (11 characters: of a code of 8, with XXX for its primary office), `bankCode`, `country`, `location`,
    `branch`, `bank` (its name, or null where the table has none: it knows some countries only).
    """
    written = text(value, limit=MAX_BIC).upper()
    if not written.isascii():
        raise Unusable("invalid", "This is not a BIC: it has other characters than Latin letters and digits.")
    try:
        found = BIC(written)
    except (SchwiftyException, ValueError) as error:
        raise Unusable("invalid", f"This is not a BIC: {error}.") from error
    return {
        "normalized": _whole(found),
        "bankCode": found.bank_code,
        "country": found.country_code,
        "location": found.location_code,
        "branch": found.branch_code or PRIMARY_OFFICE,
        "bank": next(iter(found.bank_names), None),
    }


def _whole(code: BIC) -> str:
    return str(code) if code.branch_code else f"{code}{PRIMARY_OFFICE}"
