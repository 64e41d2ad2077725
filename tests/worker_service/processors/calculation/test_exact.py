"""Rounding, held against `Fraction` and against the definition of the nearest double."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worker_service.processors.calculation.exact import MAX_SAFE_INTEGER, OutOfRange, root, rounded

small = st.integers(1, 10**20)
wide = st.builds(lambda digits, exponent: digits * 10**exponent, small, st.integers(0, 600))


def rounded_as_decimal(numerator: int, denominator: int) -> int | float:
    return rounded(numerator, denominator, all_integers=False)


@given(wide, wide, st.booleans())
def test_what_is_no_integer_becomes_the_nearest_double(numerator: int, denominator: int, negative: bool) -> None:
    exact = Fraction(-numerator if negative else numerator, denominator)
    assume(exact.denominator != 1 and abs(exact) < 2**1023)
    for all_integers in (True, False):
        value = rounded(exact.numerator, exact.denominator, all_integers=all_integers)
        assert isinstance(value, float)
        assert value == float(exact)


@given(st.integers(), wide)
def test_an_integer_made_of_integers_is_exact(value: int, denominator: int) -> None:
    whole = rounded(value * denominator, denominator, all_integers=True)
    assert isinstance(whole, int)
    assert whole == value


def test_an_integer_made_of_decimals_is_one_as_far_as_doubles_tell_integers_apart() -> None:
    assert repr(rounded_as_decimal(30, 10)) == "3"
    assert repr(rounded_as_decimal(MAX_SAFE_INTEGER * 10, 10)) == "9007199254740992"
    assert repr(rounded_as_decimal(-(MAX_SAFE_INTEGER + 2), 1)) == "-9007199254740994.0"
    assert repr(rounded_as_decimal(10**300, 1)) == "1e+300"


def test_a_tie_goes_to_the_even_double() -> None:
    assert rounded_as_decimal(2**53 + 1, 1) == 2**53
    assert rounded_as_decimal(2**53 + 3, 1) == 2**53 + 4
    assert rounded_as_decimal(2 * 10**400 * (2**53 + 1) + 1, 2 * 10**400) == 2**53 + 2


def test_zero_has_no_sign() -> None:
    assert repr(rounded_as_decimal(-1, 10**400)) == "0.0"


def test_an_integer_of_more_than_4300_digits_is_out_of_range() -> None:
    assert rounded(1 - 10**4300, 1, all_integers=True) == 1 - 10**4300
    for value in (10**4300, -(10**4300)):
        with pytest.raises(OutOfRange, match="more than 4,300 digits"):
            rounded(value, 1, all_integers=True)


def test_anything_else_beyond_a_double_is_out_of_range() -> None:
    with pytest.raises(OutOfRange, match=r"exceeds 1\.8e308"):
        rounded(10**400, 3, all_integers=True)
    with pytest.raises(OutOfRange, match=r"exceeds 1\.8e308"):
        rounded(10**309, 1, all_integers=False)


@given(wide, wide, st.integers(0, 700))
def test_the_root_is_the_nearest_double(numerator: int, denominator: int, shrink: int) -> None:
    square = Fraction(numerator, denominator * 10**shrink)
    value = root(square.numerator, square.denominator, all_integers=False)
    assume(value)
    below = Fraction(math.nextafter(value, 0))
    above = Fraction(math.nextafter(value, math.inf))
    assert ((below + Fraction(value)) / 2) ** 2 <= square <= ((above + Fraction(value)) / 2) ** 2


@given(small, small)
def test_the_root_of_a_square_is_that_number(numerator: int, denominator: int) -> None:
    value = root(numerator**2, denominator**2, all_integers=True)
    assert value == rounded(numerator, denominator, all_integers=True)


def test_roots_keep_to_the_ranges() -> None:
    assert repr(root(0, 7, all_integers=True)) == "0"
    assert root(2, 1, all_integers=True) == 2**0.5
    assert root(10**8000, 1, all_integers=True) == 10**4000
    with pytest.raises(OutOfRange, match=r"exceeds 1\.8e308"):
        root(10**8000 + 1, 1, all_integers=True)
