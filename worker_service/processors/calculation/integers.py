"""Exact integers and fractions, each bounded in time."""

import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from shared.schemas.fields import MAX_DIGITS
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.exact import rounded, too_long
from worker_service.processors.calculation.table import Operation

SMALL = 1_000  # trial division up to here
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)

_LIMIT = 10**MAX_DIGITS


def gcd(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The greatest common divisor, never negative; 0 of zeros alone."""
    return {"value": math.gcd(*payload["integers"])}


def lcm(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The least common multiple, never negative."""
    found = 1
    for integer in payload["integers"]:
        found = math.lcm(found, integer)
        if found >= _LIMIT:
            raise too_long()
    return {"value": found}


def factors(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The primes with their exponents; none for 1."""
    counts: dict[int, int] = {}
    for prime in prime_factors(payload["integer"]):
        counts[prime] = counts.get(prime, 0) + 1
    return {"factors": [{"prime": prime, "exponent": counts[prime]} for prime in sorted(counts)]}


def power_modulo(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """From 0 to the modulus less 1. Raises `Reject` for a negative power of what has no inverse."""
    try:
        return {"value": pow(payload["base"], payload["exponent"], payload["modulus"])}
    except ValueError as error:
        raise Reject("/base: it has no inverse modulo modulus, so it has no negative power.") from error


def inverse_modulo(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """From 0 to the modulus less 1. Raises `Reject` where there is none."""
    try:
        return {"value": pow(payload["integer"], -1, payload["modulus"])}
    except ValueError as error:
        shared = math.gcd(payload["integer"], payload["modulus"])
        raise Reject(f"/integer: it has no inverse, for it shares the factor {shared} with modulus.") from error


def rational(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The result in lowest terms, and the double nearest to it. Raises `Reject` for a division by 0."""
    fractions = [Fraction(text) for text in payload["fractions"]]
    if payload["arithmetic"] == "divide" and 0 in fractions[1:]:
        raise Reject(f"/fractions/{fractions.index(Fraction(0), 1)}: it is 0, by which nothing can be divided.")
    found = reduce(_within(_ARITHMETIC[payload["arithmetic"]]), fractions)
    value = rounded(found.numerator, found.denominator, all_integers=True)
    return {
        "fraction": str(found),
        "numerator": found.numerator,
        "denominator": found.denominator,
        "value": value,
    }


def prime_factors(integer: int) -> Iterator[int]:
    """The primes, in any order, each as often as it divides the integer (at most 10**24)."""
    for small in range(2, SMALL):
        while integer % small == 0:
            integer //= small
            yield small
    waiting = [integer] if integer > 1 else []
    while waiting:
        one = waiting.pop()
        if is_prime(one):
            yield one
        else:
            divisor = _divisor(one)
            waiting += [divisor, one // divisor]


def is_prime(integer: int) -> bool:
    """Whether an odd integer above 41 and below 3.3e24 is prime.

    Miller's test with the first thirteen primes as witnesses is no chance there: Sorenson and Webster, "Strong
    pseudoprimes to twelve prime bases", Mathematics of Computation 86(304), 2017.
    """
    if integer < SMALL * SMALL:
        return True  # what trial division has left
    twos = ((integer - 1) & -(integer - 1)).bit_length() - 1
    odd = (integer - 1) >> twos
    return not any(_is_witness(base, odd, twos, integer) for base in WITNESSES)


def _is_witness(base: int, odd: int, twos: int, integer: int) -> bool:
    power = pow(base, odd, integer)
    if power in {1, integer - 1}:
        return False
    for _ in range(twos - 1):
        power = power * power % integer
        if power == integer - 1:
            return False
    return True


def _divisor(composite: int) -> int:
    """A divisor. Pollard, "A Monte Carlo method for factorization", BIT 15, 1975; sped up by Brent, BIT 20, 1980."""
    root = math.isqrt(composite)
    if root * root == composite:
        return root
    for step in range(1, 100):
        found = _cycle(composite, step)
        if found is not None:
            return found
    raise Reject("/integer: no factor was found within the limits.")


def _cycle(composite: int, step: int) -> int | None:
    ahead, length = 2, 1
    while True:
        behind, start = ahead, ahead
        passed = 0
        while passed < length:
            start, count, product = ahead, min(128, length - passed), 1
            for _ in range(count):
                ahead = (ahead * ahead + step) % composite
                product = product * abs(behind - ahead) % composite
            passed += count
            if (common := math.gcd(product, composite)) != 1:
                return common if common != composite else _slowly(composite, step, behind, start)
        length *= 2


def _slowly(composite: int, step: int, behind: int, ahead: int) -> int | None:
    """The same, one at a time: several factors came at once."""
    while True:
        ahead = (ahead * ahead + step) % composite
        if (common := math.gcd(abs(behind - ahead), composite)) != 1:
            return common if common != composite else None


def _within(arithmetic: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Fraction, Fraction], Fraction]:
    def limited(a: Fraction, b: Fraction) -> Fraction:
        found = arithmetic(a, b)
        if abs(found.numerator) >= _LIMIT or found.denominator >= _LIMIT:
            raise too_long()
        return found

    return limited


_ARITHMETIC: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}

OPERATIONS: dict[str, Operation] = {
    "gcd": gcd,
    "lcm": lcm,
    "factors": factors,
    "power-modulo": power_modulo,
    "inverse-modulo": inverse_modulo,
    "rational": rational,
}
