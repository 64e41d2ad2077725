"""Sums of doubles without rounding, many at a time."""

import numpy as np
from numpy.typing import NDArray

UNIT = 1_127  # an exact sum is an integer in units of 2**-UNIT, the last bit of the smallest double's mantissa

_MANTISSA = 53  # bits
_LOW = 26
_EXPONENTS = 1_074  # added to an exponent, so that the smallest is not negative
_BINS = 2_100
_MOST = 1 << 20  # numbers, for which the sums of halves stay exact in a double


def exact_sum(values: NDArray[np.float64]) -> int:
    """The sum of finite doubles, in units of 2**-UNIT.

    The halves of the mantissas are added by exponent, where nothing is rounded, as long integers are in the end: a
    small superaccumulator, after Neal, "Fast exact summation using small and large superaccumulators", 2015.
    """
    if len(values) > _MOST:
        raise ValueError(f"At most {_MOST} numbers at a time.")
    mantissas, exponents = np.frexp(values)
    whole = np.ldexp(mantissas, _MANTISSA).astype(np.int64)
    places = exponents + _EXPONENTS
    high = np.bincount(places, weights=whole >> _LOW, minlength=_BINS)
    low = np.bincount(places, weights=whole & ((1 << _LOW) - 1), minlength=_BINS)
    total = 0
    for place in np.flatnonzero((high != 0) | (low != 0)):
        total += ((int(high[place]) << _LOW) + int(low[place])) << int(place)
    return total
