"""Between the numbers of JSON and NumPy's doubles, and what is said of their precision."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker_service.processors import Reject
from worker_service.processors.calculation.exact import MAX_SAFE_INTEGER, too_large

EPSILON = float(np.finfo(np.float64).eps)
ALL_DIGITS = 17  # what it takes to write a double: nothing was lost but by its rounding
GOOD_DIGITS = 10

Matrix = NDArray[np.float64]


def doubles(units: Iterable[int], scale: int) -> NDArray[np.float64]:
    """Each unit / scale, rounded once. Raises `OutOfRange` beyond the largest double."""
    try:
        return np.array([unit / scale for unit in units])
    except OverflowError as error:
        raise too_large() from error


def vector(numbers: Sequence[int | Decimal], pointer: str) -> NDArray[np.float64]:
    """The numbers as doubles. Raises `Reject` for one beyond the largest double."""
    try:
        return np.array([float(number) for number in numbers])
    except OverflowError as error:
        raise Reject(f"{pointer}: an integer in it is beyond 1.8e308, which this operation cannot take.") from error


def matrix_of(rows: Sequence[Sequence[int | Decimal]], pointer: str) -> Matrix:
    """Rows of doubles."""
    return np.array([vector(row, f"{pointer}/{index}") for index, row in enumerate(rows)])


def shown(values: Any) -> Any:  # noqa: ANN401 - an array of any shape
    """Lists of numbers as JSON has them, integers where they are. Raises `OutOfRange` for one that is not finite."""
    if getattr(values, "ndim", 0):
        return [shown(value) for value in values]
    value = float(values)
    if not math.isfinite(value):
        raise too_large()
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


def precision(condition: float, what: str, sensitivity: float = 0.0) -> dict[str, Any]:
    """How many digits the condition number leaves, and a warning where that is few.

    A relative change e of the data changes the answer by up to condition * e: Higham, "Accuracy and Stability of
    Numerical Algorithms", 2nd edition, SIAM 2002, section 1.6. `sensitivity` is used for it where that is larger.
    """
    worst = max(1.0, condition, sensitivity)
    digits = max(0, math.floor(-math.log10(10 * EPSILON * worst))) if math.isfinite(worst) else 0
    report: dict[str, Any] = {"digits": digits, **condition_of(condition)}
    if digits < GOOD_DIGITS:
        report["warning"] = (
            f"{what} ill-conditioned (errors grow up to {worst:.1e} times): only about {digits} digits can be trusted."
        )
    return report


def condition_of(condition: float) -> dict[str, Any]:
    """The condition number, if it is a number."""
    return {"condition": condition} if math.isfinite(condition) else {}
