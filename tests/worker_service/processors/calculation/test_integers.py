"""Integers and fractions, against Python's own and against multiplication."""

import math
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.job_types.calculation import CALCULATION
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation import calculation


def run(operation: str, **more: Any) -> dict[str, Any]:
    payload = CALCULATION.load_payload({"operation": operation, **more})
    result: dict[str, Any] = calculation(cast("JobContext", None), payload)
    return result


@given(st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=6))
def test_common_divisors_and_multiples_are_those_of_math(integers: list[int]) -> None:
    assert run("gcd", integers=integers) == {"value": math.gcd(*integers)}
    assert run("lcm", integers=integers) == {"value": math.lcm(*integers)}


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 10**24))
def test_the_factors_are_primes_and_their_product_is_the_integer(integer: int) -> None:
    found = run("factors", integer=integer)["factors"]
    assert math.prod(factor["prime"] ** factor["exponent"] for factor in found) == integer
    for factor in found:
        assert run("factors", integer=factor["prime"])["factors"] == [{"prime": factor["prime"], "exponent": 1}]


@pytest.mark.parametrize(
    ("integer", "primes"),
    [
        (1, []),
        (2, [2]),
        (999_999_999_989 * 999_999_999_961, [999_999_999_961, 999_999_999_989]),
        (999_983**4, [999_983]),
        (561 * 1_000_003**2, [3, 11, 17, 1_000_003]),
        (3_825_123_056_546_413_051, [149_491, 747_451, 34_233_211]),  # a strong pseudoprime to nine bases
        (318_665_857_834_031_151_167_461, [399_165_290_221, 798_330_580_441]),  # one to twelve
    ],
)
def test_hard_integers_are_factored(integer: int, primes: list[int]) -> None:
    assert [factor["prime"] for factor in run("factors", integer=integer)["factors"]] == primes


@given(st.integers(-(2**200), 2**200), st.integers(0, 2**200), st.integers(1, 2**200))
def test_a_power_is_that_of_pow(base: int, exponent: int, modulus: int) -> None:
    assert run("power-modulo", base=base, exponent=exponent, modulus=modulus) == {"value": pow(base, exponent, modulus)}


@given(st.integers(-(10**20), 10**20), st.integers(2, 10**20))
def test_an_inverse_gives_one_or_there_is_none(integer: int, modulus: int) -> None:
    if math.gcd(integer, modulus) == 1:
        inverse = run("inverse-modulo", integer=integer, modulus=modulus)["value"]
        assert integer * inverse % modulus == 1
        assert run("power-modulo", base=integer, exponent=-1, modulus=modulus)["value"] == inverse
    else:
        with pytest.raises(Reject, match="/integer: it has no inverse"):
            run("inverse-modulo", integer=integer, modulus=modulus)
        with pytest.raises(Reject, match="/base: it has no inverse"):
            run("power-modulo", base=integer, exponent=-1, modulus=modulus)


@given(st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=6))
def test_sums_and_products_of_fractions_are_exact(fractions: list[Fraction]) -> None:
    texts = list(map(str, fractions))
    found = run("rational", fractions=texts)
    assert Fraction(found["numerator"], found["denominator"]) == sum(fractions) == Fraction(found["fraction"])
    assert found["value"] == float(sum(fractions))
    assert run("rational", fractions=texts, arithmetic="multiply")["fraction"] == str(math.prod(fractions))


def test_fractions_are_subtracted_and_divided_from_left_to_right() -> None:
    assert run("rational", fractions=["1", "1/2", "1/3"], arithmetic="subtract")["fraction"] == "1/6"
    assert run("rational", fractions=["1", "1/2", "-1/3"], arithmetic="divide")["fraction"] == "-6"
    with pytest.raises(Reject, match="/fractions/2: it is 0"):
        run("rational", fractions=["0", "1", "0/5"], arithmetic="divide")


def test_results_of_more_digits_than_are_written_are_refused() -> None:
    with pytest.raises(Reject, match="more than 4,300 digits"):
        run("lcm", integers=[10**4000, 10**4000 + 1])
    with pytest.raises(Reject, match="more than 4,300 digits"):
        run("rational", fractions=["9" * 999] * 5, arithmetic="multiply")
