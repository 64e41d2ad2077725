"""From an exact ratio of two integers to a number that JSON can hold, rounded at most once."""

import math

from shared.schemas.fields import MAX_DIGITS

MAX_SAFE_INTEGER = 2**53  # every integer up to here is a double, so that nobody's parser changes it
ROOT_BITS = 109  # see `root`

_INTEGER_LIMIT = 10**MAX_DIGITS


class OutOfRange(Exception):
    """JSON, as this system reads and writes it, cannot hold this number. The message is for the caller."""


def rounded(numerator: int, denominator: int, *, all_integers: bool) -> int | float:
    """The number numerator / denominator: an integer where it is one, otherwise the nearest double (ties to even).

    If not all that went in were integers, an integer beyond 2**53 becomes a double as well: 1e300 stays 1e300 and does
    not turn into 301 digits. Raises `OutOfRange` beyond 4,300 digits, or beyond the largest double.
    """
    whole, remainder = divmod(numerator, denominator)
    if not remainder and (all_integers or abs(whole) <= MAX_SAFE_INTEGER):
        return _within_digits(whole)
    try:
        return numerator / denominator + 0.0  # int true division rounds correctly; the sum turns -0.0 into 0.0
    except OverflowError as error:
        raise too_large() from error


def root(numerator: int, denominator: int, *, all_integers: bool) -> int | float:
    """The square root of numerator / denominator (>= 0), rounded like `rounded`.

    An irrational root is cut to an integer of 54 bits or more whose last bit is set (rounding to odd), which keeps the
    second rounding, to a double, from going wrong: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums:
    proved algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008. CPython's `statistics` does
    the same.
    """
    product = numerator * denominator
    exact = math.isqrt(product)
    if exact * exact == product:
        return rounded(exact, denominator, all_integers=all_integers)
    shift = (numerator.bit_length() - denominator.bit_length() - ROOT_BITS) // 2
    up, down = max(0, shift), max(0, -shift)
    odd = math.isqrt((numerator << 2 * down) // (denominator << 2 * up)) | 1
    try:
        return (odd << up) / (1 << down)
    except OverflowError as error:
        raise too_large() from error


def too_long() -> OutOfRange:
    """An integer with more digits than are read and written."""
    return OutOfRange(f"it has more than {MAX_DIGITS:,} digits.")


def too_large() -> OutOfRange:
    """A number that is no integer, or comes from such, beyond the largest double."""
    return OutOfRange("it exceeds 1.8e308 in magnitude, and only an integer made of integers may.")


def _within_digits(value: int) -> int:
    if abs(value) >= _INTEGER_LIMIT:
        raise too_long()
    return value
