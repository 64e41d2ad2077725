"""Least squares in floating point: QR of scaled columns, and iterative refinement. For what is too large to be exact.

Golub, "Numerical methods for solving linear least squares problems", Numerische Mathematik 7, 1965; Bjorck, "Numerical
Methods for Least Squares Problems", SIAM 1996, sections 2.4 and 2.9. Columns are scaled by powers of two, which rounds
nothing; residuals are taken in extended precision (80 bits where the machine has them).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker_service.processors.calculation.design import Column, Design
from worker_service.processors.calculation.doubles import EPSILON, Matrix, doubles, precision, shown

Vector = NDArray[np.floating[Any]]

STEPS = 10


def scaled(columns: Sequence[Column]) -> tuple[Matrix, NDArray[np.float64]]:
    """The columns as doubles, each scaled by a power of two to a length of about 1, and those factors."""
    matrix = np.column_stack([doubles(column.units, column.scale) for column in columns])
    largest = np.abs(matrix).max(axis=0)
    lengths = np.linalg.norm(matrix / np.where(largest, largest, 1), axis=0)
    exponents = np.frexp(largest)[1] + np.frexp(lengths)[1]
    return np.ldexp(matrix, -exponents), np.ldexp(1.0, -exponents)


def condition(columns: Sequence[Column]) -> float:
    """In the 2-norm, of the columns when each is scaled to length 1."""
    matrix, _ = scaled(columns)
    lengths = np.linalg.norm(matrix, axis=0)
    singular = np.linalg.svd(matrix / np.where(lengths, lengths, 1), compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] else float("inf")


def sensitivity(condition: float, ratio: float) -> float:
    """How much a relative change of the data may change the coefficients: k + k**2 |e| / (|X| |b|).

    Wedin, "Perturbation theory for pseudo-inverses", BIT 13, 1973: large residuals make it worse.
    """
    return condition + condition**2 * ratio


def fit(design: Design, *, residuals: bool) -> dict[str, Any] | None:
    """The same as `exact_fit.fit`, in floating point; None if the columns are dependent as far as doubles can tell."""
    matrix, factors = scaled(design.columns)
    y = doubles(design.y.units, design.y.scale)
    q, r = np.linalg.qr(matrix)
    if np.abs(np.diag(r)).min() < EPSILON * np.abs(np.diag(r)).max():
        return None
    solution, rest = _refined(matrix, y, q, r)
    inverse = np.linalg.inv(r)
    left = float(rest @ rest)
    kappa = condition(design.columns)
    ratio = math.sqrt(left) / float(np.linalg.norm(solution) or 1)  # the columns have lengths of about 1
    fitted = {
        "coefficients": shown(solution * factors),
        "degreesOfFreedom": design.freedom,
        "method": "qr",
        **precision(kappa, "The fit is", sensitivity(kappa, ratio)),
    }
    if design.freedom:
        deviation = float(np.sqrt(left / design.freedom))
        errors = deviation * np.linalg.norm(inverse, axis=1) * factors
        fitted |= {"standardErrors": shown(errors), "residualDeviation": deviation}
    wide = y.astype(np.longdouble)
    about = wide - wide.mean() if design.intercept else wide
    if total := float(about @ about):
        fitted["rSquared"] = 1 - left / total
    return fitted | ({"residuals": shown(rest)} if residuals else {})


def _refined(matrix: Matrix, y: Vector, q: Matrix, r: Matrix) -> tuple[Vector, Vector]:
    """The solution b and the residuals e, both corrected until that changes little.

    Refines the augmented system e + X b = y, X'e = 0: Bjorck, "Iterative refinement of linear least squares solutions
    I", BIT 7, 1967. Refining b alone would not help where the residuals are large.
    """
    wide, target = matrix.astype(np.longdouble), y.astype(np.longdouble)
    solution = np.linalg.solve(r, q.T @ y).astype(np.longdouble)
    rest = target - wide @ solution
    before = np.inf
    for _ in range(STEPS):
        missed = (target - rest - wide @ solution).astype(np.float64)
        slant = np.linalg.solve(r.T, (-(wide.T @ rest)).astype(np.float64))
        along = q.T @ missed
        step = np.linalg.solve(r, along - slant)
        size = float(np.linalg.norm(step))
        if size >= before / 2:
            break
        solution, rest, before = solution + step, rest + (missed - q @ (along - slant)), size
    return solution, rest
