"""`card`: numbers of payment cards, by ISO/IEC 7812-1: the issuer's range, the length, the check digit (Luhn)."""

import re
from collections.abc import Mapping
from typing import Any

from stdnum import luhn

from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 40  # 19 digits, and what stands between them
SHOWN_FIRST, SHOWN_LAST = 6, 4  # what PCI DSS 4.0 (requirement 3.4.1) lets be shown

_DIGITS = re.compile(r"[0-9]{12,19}")
_SEPARATORS = re.compile(r"[ -]")
# The public ranges of the large schemes, and the lengths of their numbers. The first that fits decides.
_SCHEMES: tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...] = (
    ("visa", re.compile("4"), (13, 16, 19)),
    ("mastercard", re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    ("american_express", re.compile("3[47]"), (15,)),
    ("diners_club", re.compile("30[0-5]|309|3[689]"), (14, 15, 16, 17, 18, 19)),
    ("jcb", re.compile("352[89]|35[3-8]"), (16, 17, 18, 19)),
    ("discover", re.compile("6011|64[4-9]|65"), (16, 17, 18, 19)),
    ("unionpay", re.compile("62"), (16, 17, 18, 19)),
    ("maestro", re.compile("50|5[6-9]|6[0-9]"), (12, 13, 14, 15, 16, 17, 18, 19)),
)


def card(value: Any, _: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The number of a payment card whose check digit is right.

    `normalized` (masked but for the first six and the last four digits: a result is no place for card numbers),
    `scheme` (`visa`, `mastercard`, ..., or null), `iin` (the first six), `lastFour`, `length`.
    """
    digits = _SEPARATORS.sub("", text(value, limit=MAX_LENGTH))
    if not _DIGITS.fullmatch(digits):
        raise Unusable("invalid", "This is not the number of a card: it has 12 to 19 digits.")
    if not luhn.is_valid(digits):
        raise Unusable("invalid", "This is not the number of a card: its check digit is wrong.")
    hidden = "*" * (len(digits) - SHOWN_FIRST - SHOWN_LAST)
    return {
        "normalized": f"{digits[:SHOWN_FIRST]}{hidden}{digits[-SHOWN_LAST:]}",
        "scheme": _scheme(digits),
        "iin": digits[:SHOWN_FIRST],
        "lastFour": digits[-SHOWN_LAST:],
        "length": len(digits),
    }


def _scheme(digits: str) -> str | None:
    fitting = (name for name, start, lengths in _SCHEMES if start.match(digits) and len(digits) in lengths)
    return next(fitting, None)
