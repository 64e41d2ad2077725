"""Strict marshmallow fields for JSON: nothing is coerced, and whatever value comes, only `ValidationError` goes out.

marshmallow's own `Integer` takes "1_000" and turns 1.9 into 1, and its `Boolean` takes "on" and 1.
Numbers arrive as `shared.codec.decode` gives them: `int`, or `Decimal` for all that is written with a point or an
exponent. A `float`, which only Python code hands in, stands for the decimal that Python writes for it.
"""

import math
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

MAX_DIGITS = 4_300  # what Python, and with it msgspec, turns into text and back
MAX_LENGTH = 10_000
MAX_MISTAKES = 100  # in one array

_INTEGER_LIMIT = 10**MAX_DIGITS


class Number(fields.Number[int | Decimal]):
    """A JSON number: an `int` of up to 4,300 digits, or a `Decimal` of as many that lies within a double's range."""

    num_type = Decimal  # the base class asks for one; nothing is converted to it
    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "invalid": "Must be a JSON number: no text, no true or false.",
        "special": "Must be a finite number: NaN and infinity are no JSON numbers.",
        "too_long": f"Must have at most {MAX_DIGITS:,} digits.",
        "too_large": "Must be smaller than 1.8e308 in magnitude, unless it is written as an integer.",
        "too_small": "Must be 0 or larger than 2.5e-324 in magnitude.",
    }

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any JSON value
        """As the base class, which takes a microsecond for each number; an array may have ten thousand."""
        if type(value) is int and not self.validators:
            return self._integer(value)
        return super().deserialize(value, *args, **kwargs)

    def _validated(self, value: Any) -> int | Decimal:  # noqa: ANN401 - any JSON value
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.make_error("invalid")
        if isinstance(value, int):
            return self._integer(value)
        return self._decimal(Decimal(repr(value)) if isinstance(value, float) else value)

    def _integer(self, value: int) -> int:
        if not -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
            raise self.make_error("too_long")
        return value

    def _decimal(self, value: Decimal) -> Decimal:
        if not value.is_finite():
            raise self.make_error("special")
        if not value:
            return Decimal(0)  # 0e999999999 would be a gigabyte of zeros to whoever writes it out
        if len(value.as_tuple().digits) > MAX_DIGITS:
            raise self.make_error("too_long")
        nearest = float(value)
        if math.isinf(nearest):
            raise self.make_error("too_large")
        if not nearest:
            raise self.make_error("too_small")
        return value

    def _format_num(self, value: int | Decimal) -> int | Decimal:
        return value


class Integer(fields.Integer):
    """A JSON integer of up to 4,300 digits, as an `int`.

    By its value, not its spelling: 4.0 is the integer 4 (JSON Schema 2020-12, Validation, section 6.1.1).
    """

    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "invalid": "Must be a JSON integer: no fraction, no text, no true or false.",
    }

    def _validated(self, value: Any) -> int:  # noqa: ANN401 - any JSON value
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.make_error("invalid")
        number: int | Decimal = _NUMBER.deserialize(value)
        numerator, denominator = number.as_integer_ratio()
        if denominator != 1:
            raise self.make_error("invalid")
        return numerator


class Boolean(fields.Boolean):
    """A JSON boolean: true or false."""

    default_error_messages = {"invalid": "Must be true or false."}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:  # noqa: ANN401 - any JSON value
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class List(fields.List[Any]):
    """A JSON array of bounded length.

    The length is checked before the elements, and these up to so many wrong ones: neither an endless array nor one full
    of mistakes costs much.
    """

    default_error_messages = {"invalid": "Must be a JSON array."}  # noqa: RUF012 - as marshmallow declares it

    def __init__(
        self,
        element: fields.Field[Any],
        *,
        min_length: int = 0,
        max_length: int = MAX_LENGTH,
        **kwargs: Any,  # noqa: ANN401 - as any field takes
    ) -> None:
        error = f"Must have {min_length:,} to {max_length:,} elements."
        super().__init__(element, validate=validate.Length(min_length, max_length, error=error), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:  # noqa: ANN401, ARG002 - any JSON value; as it is called
        if not isinstance(value, list | tuple):
            raise self.make_error("invalid")
        self._validate(value)
        elements, errors = [], {}
        for index, element in enumerate(value):
            try:
                elements.append(self.inner.deserialize(element, **kwargs))
            except ValidationError as error:
                errors[index] = error.messages
                if len(errors) == MAX_MISTAKES:
                    break
        if errors:
            raise ValidationError(errors, valid_data=elements)
        return elements


_NUMBER = Number()
