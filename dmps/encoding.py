"""JSON out, as the API reads it: integers at any size, other numbers as they were written."""

import math
from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:  # noqa: ANN401 - what JSON can hold
    """JSON for a value, dataclasses and msgspec's structs among them. Raises `ValueError` for what it cannot hold."""
    try:
        plain = msgspec.to_builtins(value, builtin_types=(Decimal,))
        _refuse_non_finite(plain)
        return _encoder.encode(plain)
    except (TypeError, OverflowError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(f"This cannot be written as JSON: {error}") from error


def _refuse_non_finite(value: Any) -> None:  # noqa: ANN401 - what JSON can hold
    """msgspec writes NaN as null, which is not what the caller meant."""
    if isinstance(value, dict):
        for item in value.values():
            _refuse_non_finite(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_non_finite(item)
    elif isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError("NaN and infinity are not JSON numbers.")
