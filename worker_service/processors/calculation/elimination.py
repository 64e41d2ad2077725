"""Linear equations over the integers, without a rounding anywhere.

Fraction-free elimination: Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination",
Mathematics of Computation 22(103), 1968. Every division in it comes out even, and every number is a minor of the
matrix, so none grows beyond Hadamard's bound.
"""

from collections.abc import Sequence

Rows = list[list[int]]


def eliminated(matrix: Sequence[Sequence[int]], right: Sequence[Sequence[int]]) -> tuple[int, Rows] | None:
    """The determinant d of a square matrix A and the integer matrix d A**-1 B; None if A is singular."""
    rows = [[*row, *more] for row, more in zip(matrix, right, strict=True)]
    size, before, sign = len(rows), 1, 1
    for step in range(size):
        pivot = next((index for index in range(step, size) if rows[index][step]), None)
        if pivot is None:
            return None
        if pivot != step:
            rows[step], rows[pivot] = rows[pivot], rows[step]
            sign = -sign
        _clear_column(rows, step, before)
        before = rows[step][step]
    return sign * before, [[sign * entry for entry in row[size:]] for row in rows]


def rank(matrix: Sequence[Sequence[int]]) -> int:
    """How many rows are linearly independent."""
    rows, before, found = [list(row) for row in matrix], 1, 0
    for column in range(len(rows[0])):
        pivot = next((index for index in range(found, len(rows)) if rows[index][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        head = rows[found]
        for index in range(found + 1, len(rows)):
            rows[index] = _combined(rows[index], head, column, before)
        before, found = head[column], found + 1
        if found == len(rows):
            break
    return found


def identity(size: int) -> Rows:
    """Ones on the diagonal."""
    return [[int(row == column) for column in range(size)] for row in range(size)]


def effort(size: int, width: int, bits: int) -> float:
    """About how many microseconds an elimination takes: `width` columns in all, of entries of so many bits."""
    limbs = 1 + size * bits / 60  # of 30 bits, as CPython has them, in the numbers half way
    return size * size * width * (0.8 + limbs * limbs / 1_300)


def _clear_column(rows: Rows, step: int, before: int) -> None:
    head = rows[step]
    for index in range(len(rows)):
        if index != step:
            rows[index] = _combined(rows[index], head, step, before)


def _combined(row: list[int], head: list[int], column: int, before: int) -> list[int]:
    pivot, factor = head[column], row[column]
    return [(pivot * entry - factor * other) // before for entry, other in zip(row, head, strict=True)]
