"""Products, equations, inverses, determinants, ranks: exact where that is affordable, else in floating point.

An exact answer is rounded once, and knows for certain whether a matrix is singular. A floating-point one is by LU
with partial pivoting and refinement; what it is worth is told by the condition number.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.doubles import (
    ALL_DIGITS,
    EPSILON,
    Matrix,
    condition_of,
    matrix_of,
    precision,
    shown,
    vector,
)
from worker_service.processors.calculation.elimination import effort, eliminated, identity, rank
from worker_service.processors.calculation.exact import rounded
from worker_service.processors.calculation.sample import Sample
from worker_service.processors.calculation.table import Operation

Numbers = Sequence[int | Decimal]

MOST_EFFORT = 4e6  # microseconds, about
STEPS = 5


def multiply(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The product; each entry exact, rounded once."""
    a, b = _exactly(payload["a"]), _exactly(payload["b"])
    columns = list(zip(*b.rows, strict=True))
    both = a.all_integers and b.all_integers
    if len(a.rows) * len(columns) * len(columns[0]) * (1 + (a.bits * b.bits) / 1e6) > MOST_EFFORT * 4:
        return _product(matrix_of(payload["a"], "/a"), matrix_of(payload["b"], "/b"))
    rows = [[rounded(_dot(row, column), a.scale * b.scale, all_integers=both) for column in columns] for row in a.rows]
    return {"matrix": rows, "method": "exact"}


def solve(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The solution. `residual` is the backward error |b - Ax| / (|A| |x| + |b|), in largest-entry norms.

    Rigal and Gaches, "On the compatibility of a given solution with the data of a linear system", JACM 14(3), 1967.
    """
    matrix, right = _exactly(payload["matrix"]), _exactly([payload["right"]])
    size = len(matrix.rows)
    if _affordable(matrix, size + 1):
        solved = eliminated(matrix.rows, [[entry] for entry in right.rows[0]])
        determinant, found = _regular(solved)
        scale = _sign(determinant) * determinant * right.scale
        solution = [rounded(_sign(determinant) * row[0] * matrix.scale, scale, all_integers=False) for row in found]
        report = _exact_report(payload["matrix"])
    else:
        a, b = matrix_of(payload["matrix"], "/matrix"), vector(payload["right"], "/right")
        report = _floating_report(a)
        solution = shown(_refined(a, b))
    return {"solution": solution, **_residual(payload, solution), **report}


def inverse(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The inverse. Raises `Reject` for a singular matrix."""
    matrix = _exactly(payload["matrix"])
    size = len(matrix.rows)
    if _affordable(matrix, 2 * size):
        determinant, found = _regular(eliminated(matrix.rows, identity(size)))
        sign = _sign(determinant)
        rows = [
            [rounded(sign * entry * matrix.scale, sign * determinant, all_integers=False) for entry in row]
            for row in found
        ]
        return {"matrix": rows, **_exact_report(payload["matrix"])}
    a = matrix_of(payload["matrix"], "/matrix")
    report = _floating_report(a)
    found_inverse = _refined(a, np.eye(size))
    return {"matrix": shown(found_inverse), "residual": _largest(np.eye(size) - a @ found_inverse), **report}


def determinant(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The determinant; exactly 0 for a singular matrix where it is exact."""
    matrix = _exactly(payload["matrix"])
    size = len(matrix.rows)
    if _affordable(matrix, size):
        solved = eliminated(matrix.rows, [[] for _ in matrix.rows])
        value = solved[0] if solved else 0
        found = rounded(value, matrix.scale**size, all_integers=matrix.all_integers)
        return {"determinant": found, **_exact_report(payload["matrix"])}
    a = matrix_of(payload["matrix"], "/matrix")
    return {"determinant": shown(np.linalg.det(a)), "method": "lu", **precision(_condition(a), "The matrix is")}


def rank_of(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The rank: exact, or how many singular values exceed max(m, n) eps times the largest (as NumPy counts)."""
    matrix = _exactly(payload["matrix"])
    if effort(len(matrix.rows), len(matrix.rows[0]), matrix.bits) < MOST_EFFORT:
        return {"rank": rank(matrix.rows), "method": "exact"}
    return {"rank": int(np.linalg.matrix_rank(matrix_of(payload["matrix"], "/matrix"))), "method": "svd"}


class _Exact:
    """A matrix as integers over one power of ten."""

    def __init__(self, rows: Sequence[Numbers]) -> None:
        sample = Sample.of([entry for row in rows for entry in row])
        width = len(rows[0])
        self.rows = [list(sample.units[start : start + width]) for start in range(0, len(sample.units), width)]
        self.scale = sample.scale
        self.all_integers = sample.all_integers
        self.bits = max(unit.bit_length() for unit in sample.units)


def _exactly(rows: Sequence[Numbers]) -> _Exact:
    return _Exact(rows)


def _affordable(matrix: _Exact, width: int) -> bool:
    return effort(len(matrix.rows), len(matrix.rows) + width, matrix.bits) < MOST_EFFORT


def _regular(solved: tuple[int, list[list[int]]] | None) -> tuple[int, list[list[int]]]:
    if solved is None:
        raise Reject("/matrix: it is singular (its determinant is exactly 0).")
    return solved


def _exact_report(rows: Sequence[Numbers]) -> dict[str, Any]:
    """How it was done; the condition number tells what the data's own errors do to the answer."""
    try:
        condition = _condition(matrix_of(rows, "/matrix"))
    except Reject:  # an integer that no double holds
        return {"method": "exact", "digits": ALL_DIGITS}
    return {"method": "exact", "digits": ALL_DIGITS, **condition_of(condition)}


def _floating_report(matrix: Matrix) -> dict[str, Any]:
    condition = _condition(matrix)
    if condition * EPSILON >= 1:
        raise Reject(f"/matrix: it is singular as far as doubles can tell (condition {condition:.1e}).")
    return {"method": "lu", **precision(condition, "The matrix is")}


def _condition(matrix: Matrix) -> float:
    singular = np.linalg.svd(matrix, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] else float("inf")


def _refined(matrix: Matrix, right: Matrix) -> Any:  # noqa: ANN401 - an array of extended doubles
    """Wilkinson's iterative refinement, residuals in extended precision: Higham 2002, chapter 12."""
    wide = matrix.astype(np.longdouble)
    solution = np.linalg.solve(matrix, right)
    for _ in range(STEPS):
        step = np.linalg.solve(matrix, (right - wide @ solution).astype(np.float64))
        improved = solution + step
        if np.array_equal(improved, solution):
            break
        solution = improved
    return solution


def _residual(payload: dict[str, Any], solution: Sequence[float]) -> dict[str, Any]:
    try:
        a, b = matrix_of(payload["matrix"], "/matrix"), vector(payload["right"], "/right")
        x = np.array([float(value) for value in solution])
    except (Reject, OverflowError):  # beyond doubles
        return {}
    below = np.abs(a).sum(axis=1).max() * _largest(x) + _largest(b)
    missed = _largest(b - a.astype(np.longdouble) @ x)
    return {"residual": missed / float(below) if below else 0}


def _product(a: Matrix, b: Matrix) -> dict[str, Any]:
    return {"matrix": shown(a @ b), "method": "double"}


def _largest(values: Any) -> float:  # noqa: ANN401 - an array
    return float(np.abs(values).max())


def _dot(row: Sequence[int], column: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(row, column, strict=True))


def _sign(value: int) -> int:
    return -1 if value < 0 else 1


_quiet = np.errstate(all="ignore")  # what is not finite is refused when it is written

OPERATIONS: dict[str, Operation] = {
    "multiply": _quiet(multiply),
    "solve": _quiet(solve),
    "inverse": _quiet(inverse),
    "determinant": _quiet(determinant),
    "rank": _quiet(rank_of),
}
