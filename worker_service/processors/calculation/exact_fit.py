"""Least squares without a rounding until the very end: normal equations over the integers.

The normal equations X'X b = X'y square the condition number, and so are shunned in floating point. Solved exactly, they
are as good as any other way: each answer is the double nearest to the true one (for decimals as they were written).
"""

import math
from collections.abc import Sequence
from typing import Any

from worker_service.processors.calculation.design import Design
from worker_service.processors.calculation.elimination import effort, eliminated, identity
from worker_service.processors.calculation.exact import root, rounded
from worker_service.processors.calculation.pairs import product

MOST_EFFORT = 4e6  # microseconds, about


def affordable(design: Design) -> bool:
    """Whether an exact fit takes a few seconds at most."""
    size, count, bits = len(design.columns), len(design.y.units), design.bits
    limbs = 1 + bits / 30  # as CPython has them
    products = count * size * (size + 1) / 2 * (0.06 + math.pow(limbs, 1.6) / 4_000)
    return products + effort(size, 2 * size + 1, 2 * bits + count.bit_length()) < MOST_EFFORT


def fit(design: Design, *, residuals: bool) -> dict[str, Any] | None:
    """Coefficients, their standard errors and the rest; None if the columns are linearly dependent.

    b = (X'X)**-1 X'y, s**2 = RSS / (n - p), se(b) = s sqrt(diag((X'X)**-1)); Draper and Smith, "Applied Regression
    Analysis", 3rd edition, 1998, chapters 5 and 6. RSS = y'y - b'X'y loses nothing here.
    """
    columns, y = [column.units for column in design.columns], design.y.units
    normal = [[product(a, b) for b in columns] for a in columns]
    moments = [product(column, y) for column in columns]
    right = [[moment, *row] for moment, row in zip(moments, identity(len(columns)), strict=True)]
    solved = eliminated(normal, right)
    if solved is None:
        return None
    determinant, rows = solved
    fitted = [row[0] for row in rows]  # in units, times the determinant
    inverse = [row[1 + index] for index, row in enumerate(rows)]  # the diagonal, times the determinant
    left = determinant * product(y, y) - product(fitted, moments)  # RSS in squared units, times the determinant
    return {
        "coefficients": [
            rounded(value * column.scale, determinant * design.y.scale, all_integers=False)
            for value, column in zip(fitted, design.columns, strict=True)
        ],
        **_spread(design, determinant, inverse, left),
        **_share(design, determinant, left),
        "method": "exact",
        **({"residuals": _residuals(design, determinant, fitted)} if residuals else {}),
    }


def _spread(design: Design, determinant: int, inverse: Sequence[int], left: int) -> dict[str, Any]:
    """Standard errors and the residual deviation; nothing if there are no degrees of freedom."""
    if not design.freedom:
        return {"degreesOfFreedom": 0}
    below = design.freedom * determinant * design.y.scale**2
    return {
        "standardErrors": [
            root(left * entry * column.scale**2, below * determinant, all_integers=False)
            for entry, column in zip(inverse, design.columns, strict=True)
        ],
        "residualDeviation": root(left, below, all_integers=False),
        "degreesOfFreedom": design.freedom,
    }


def _share(design: Design, determinant: int, left: int) -> dict[str, Any]:
    """R2 = 1 - RSS / TSS, TSS about the mean with an intercept, else about 0 (as NIST's certified values have it)."""
    y, count = design.y.units, len(design.y.units)
    total = count * product(y, y) - (sum(y) ** 2 if design.intercept else 0)
    if not total:
        return {}
    whole = determinant * total
    return {"rSquared": rounded(whole - count * left, whole, all_integers=False)}


def _residuals(design: Design, determinant: int, fitted: Sequence[int]) -> list[int | float]:
    found = []
    for observed, *row in zip(design.y.units, *(column.units for column in design.columns), strict=True):
        rest = determinant * observed - product(fitted, row)
        found.append(rounded(rest, determinant * design.y.scale, all_integers=False))
    return found
