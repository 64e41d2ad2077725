"""The contract of exact integers, rationals and expressions."""

import re
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from shared.job_types.calculations.fields import MAX_NUMBERS, integer, named, number, number_list, one_of
from shared.schemas.fields import Integer, List

MAX_FACTORED = 10**24
MAX_BITS = 4_096
MAX_INTEGERS = 1_000
MAX_FRACTIONS = 1_000
LONGEST_FRACTION = 1_000  # characters
LONGEST_EXPRESSION = 2_048  # characters
MAX_VARIABLES = 50
ARITHMETIC = ("add", "subtract", "multiply", "divide")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_FRACTION = r"[+-]?\d+(/\d*[1-9]\d*)?"


def _is_short(value: int) -> None:
    if value.bit_length() > MAX_BITS:
        raise ValidationError(f"Must be an integer of at most {MAX_BITS:,} bits.")


def _is_positive(value: int) -> None:
    if value < 1:
        raise ValidationError("Must be at least 1.")


def _integer(description: str, example: int, *checks: Callable[[int], None]) -> Integer:
    """Not a `Range`: a bound of 1,233 digits would stand in JSON Schema, where few could read it."""
    metadata = {"description": f"{description} At most {MAX_BITS:,} bits.", "example": example}
    return Integer(required=True, validate=[_is_short, *checks], metadata=metadata)


class Divisors(Schema):
    """The greatest common divisor or the least common multiple of integers."""

    operation = named("gcd", "lcm")
    integers = List(
        Integer(metadata={"description": "An integer of up to 4,300 digits.", "example": 12}),
        min_length=1,
        max_length=MAX_INTEGERS,
        required=True,
        metadata={"description": "The integers.", "example": [12, 18]},
    )


class Factors(Schema):
    """The prime factors of an integer."""

    operation = named("factors")
    integer = integer("The integer, at most 10 to the 24th.", 360, 1, MAX_FACTORED, required=True)


class PowerModulo(Schema):
    """A power, modulo an integer. A negative exponent is a power of the inverse."""

    operation = named("power-modulo")
    base = _integer("The base.", 3)
    exponent = _integer("The exponent.", 200)
    modulus = _integer("The modulus.", 13, _is_positive)


class InverseModulo(Schema):
    """The integer that gives 1 when it is multiplied with this one, modulo an integer."""

    operation = named("inverse-modulo")
    integer = _integer("The integer.", 3)
    modulus = _integer("The modulus.", 11, _is_positive)


class Rational(Schema):
    """Add, subtract, multiply or divide fractions, exactly and from left to right."""

    operation = named("rational")
    arithmetic = one_of(ARITHMETIC, "What is done with them.")
    fractions = List(
        fields.String(
            validate=[
                validate.Length(1, LONGEST_FRACTION),
                validate.Regexp(rf"{_FRACTION}\Z", error="Must be like 3/4 or -5, with a denominator that is not 0."),
            ],
            metadata={"description": "An integer, or two with a slash between them.", "example": "1/3"},
        ),
        min_length=1,
        max_length=MAX_FRACTIONS,
        required=True,
        metadata={"description": "The fractions.", "example": ["1/3", "2/5"]},
    )


class Variable(fields.Field[Any]):
    """A number, or a list of numbers."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - any JSON value
        return (_LIST if isinstance(value, list | tuple) else _NUMBER).deserialize(value)


class Expression(Schema):
    """Compute an expression with variables. Lists are taken element by element."""

    operation = named("expression")
    expression = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_EXPRESSION),
        metadata={
            "description": (
                "Numbers, variables, + - * / // % **, comparisons, `a if c else b`, and functions:"
                " abs, ceil, cos, exp, floor, log, log10, log2, max, mean, min, round, sign, sin, sqrt, sum, tan."
            ),
            "example": "price * (1 + rate / 100)",
        },
    )
    variables = fields.Dict(
        keys=fields.String(
            validate=validate.Regexp(_VARIABLE, error="Must be letters, digits and _; 64 at most."),
            metadata={"description": "A name: letters, digits and _.", "example": "price"},
        ),
        values=Variable(
            metadata={
                "description": "A number, or a list of numbers.",
                "type": ["number", "array"],
                "items": {"type": "number"},
                "minItems": 1,
                "maxItems": MAX_NUMBERS,
                "example": 10,
            }
        ),
        load_default=dict,
        validate=validate.Length(max=MAX_VARIABLES, error="Must have at most {max} members."),
        metadata={
            "description": "The values of the variables; lists have one length.",
            "example": {"price": [10, 20], "rate": 19},
        },
    )

    class Meta:
        """The example has variables."""

        example_fields = ("variables",)


_NUMBER = number("A number.", 1)
_LIST = number_list("Numbers.", [1], most=MAX_NUMBERS)
