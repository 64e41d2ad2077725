"""The operators and functions of expressions: each works on numbers and, element by element, on lists, within bounds.

Integers and fractions stay exact as long as they are short; what is irrational becomes a double. A comparison of lists
is a list of booleans.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from shared.job_types.calculations.integers import MAX_BITS

Value = Any  # an int, a bool, a Fraction, a float, or a list of such

MAX_POWER = 1_000


class Refused(ArithmeticError):
    """An expression that goes beyond what is allowed. The message is for the caller."""


def bounded(value: Value) -> Value:
    """The same, if it may be. Raises `Refused`."""
    if isinstance(value, complex):
        raise Refused("its value is not a real number.")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refused("a value in it is beyond 1.8e308, or is no number.")
    elif max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise Refused(f"a value in it has more than {MAX_BITS:,} bits.")
    return value


def power(base: Value, exponent: Value) -> Value:
    """Exact for integral exponents; else of doubles. Its size is known before any time is spent on it."""
    if exponent == int(exponent) and not isinstance(base, float):
        whole = int(exponent)
        if abs(whole) > MAX_POWER and abs(base) not in {0, 1}:
            raise Refused(f"an exponent in it is beyond {MAX_POWER:,}.")
        longest = max(base.numerator.bit_length(), base.denominator.bit_length())
        if longest > 1 and longest * abs(whole) > 2 * MAX_BITS:
            raise Refused(f"a power in it has more than {MAX_BITS:,} bits.")
        return Fraction(base) ** whole if whole < 0 else base**whole
    return float(base) ** float(exponent)


def divided(a: Value, b: Value) -> Value:
    """An integer or fraction where both are."""
    if isinstance(a, float) or isinstance(b, float):
        return a / b
    found = Fraction(a) / Fraction(b)
    return found.numerator if found.denominator == 1 else found


def sign(value: Value) -> int:
    """-1, 0 or 1."""
    return int(value > 0) - int(value < 0)


def _elementwise(function: Callable[..., Value]) -> Callable[..., Value]:
    """Of numbers a number, of lists a list."""

    def applied(*values: Value) -> Value:
        length = next((len(value) for value in values if isinstance(value, list)), None)
        if length is None:
            return bounded(function(*values))
        columns = [value if isinstance(value, list) else [value] * length for value in values]
        return [bounded(function(*row)) for row in zip(*columns, strict=True)]

    return applied


def _root(value: Value) -> Value:
    if value < 0:
        raise Refused("it takes the root of a negative number.")
    if not isinstance(value, float):
        above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if above * above == value.numerator and below * below == value.denominator:
            return divided(above, below)
    return math.sqrt(value)


def _whole(value: Value) -> Value:
    """The nearest integer, the even one of two; Python's own takes a number of digits, too."""
    return round(value)


def _over_all(function: Callable[[list[Value]], Value]) -> Callable[..., Value]:
    """A function of one list, or of several values."""

    def applied(*values: Value) -> Value:
        items = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
        if not items or any(isinstance(item, list) for item in items):
            raise Refused("sum, mean, min and max take one list, or several numbers.")
        return bounded(function(items))

    return applied


def _total(items: list[Value]) -> Value:
    total: Value = 0
    for item in items:
        total = bounded(total + item)
    return total


def chosen(condition: Value) -> bool:
    """Whether a single condition holds. Raises `Refused` for a list of them."""
    if isinstance(condition, list):
        raise Refused("a condition must be a single value; for lists there is where(condition, one, other).")
    return bool(condition)


OPERATORS: Mapping[type[ast.AST], Callable[..., Value]] = {
    ast.Add: _elementwise(operator.add),
    ast.Sub: _elementwise(operator.sub),
    ast.Mult: _elementwise(operator.mul),
    ast.Div: _elementwise(divided),
    ast.FloorDiv: _elementwise(operator.floordiv),
    ast.Mod: _elementwise(operator.mod),
    ast.Pow: _elementwise(power),
    ast.USub: _elementwise(operator.neg),
    ast.UAdd: _elementwise(operator.pos),
    ast.Not: lambda value: not chosen(value),
    ast.Eq: _elementwise(operator.eq),
    ast.NotEq: _elementwise(operator.ne),
    ast.Lt: _elementwise(operator.lt),
    ast.LtE: _elementwise(operator.le),
    ast.Gt: _elementwise(operator.gt),
    ast.GtE: _elementwise(operator.ge),
}

FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": _elementwise(abs),
    "ceil": _elementwise(math.ceil),
    "cos": _elementwise(math.cos),
    "exp": _elementwise(math.exp),
    "floor": _elementwise(math.floor),
    "log": _elementwise(math.log),
    "log10": _elementwise(math.log10),
    "log2": _elementwise(math.log2),
    "max": _over_all(max),
    "mean": _over_all(lambda items: divided(_total(items), len(items))),
    "min": _over_all(min),
    "round": _elementwise(_whole),
    "sign": _elementwise(sign),
    "sin": _elementwise(math.sin),
    "sqrt": _elementwise(_root),
    "sum": _over_all(_total),
    "tan": _elementwise(math.tan),
    "where": _elementwise(lambda condition, one, other: one if condition else other),
}
