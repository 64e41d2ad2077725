"""The work of the enrichment `loyalty`: of which tier a customer is."""

from collections.abc import Mapping
from typing import Any

from worker_service.processors.data_enrichment.value import Unusable, text


def loyalty(value: object, options: Mapping[str, Any]) -> dict[str, Any]:
    """The number without leading zeros, and the tier."""
    digits = text(value, limit=10)
    if not digits.isdecimal():
        raise Unusable("invalid", "This is not a customer's number.")
    return {"normalized": digits.lstrip("0"), "tier": "gold" if int(digits) >= options.get("gold", 5) else "silver"}
