"""The contract of matrices: rows of numbers, up to 200 by 200."""

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from shared.job_types.calculations.fields import MAX_SIDE, Matrix, flag, named, number_list

_SQUARE = ("determinant", "inverse", "eigen")


class OneMatrix(Schema):
    """The determinant, the inverse, the rank, the eigenvalues or the singular values of a matrix."""

    operation = named("determinant", "inverse", "rank", "eigen", "svd")
    matrix = Matrix("The matrix, as rows; square but for `rank` and `svd`.", [[2, 1], [1, 3]], required=True)
    vectors = flag("Whether `eigen` and `svd` answer the vectors, too.", default=False)

    @validates_schema
    def _is_square(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if payload["operation"] in _SQUARE:
            check_square(payload["matrix"])


class Solve(Schema):
    """Solve a system of linear equations."""

    operation = named("solve")
    matrix = Matrix("The coefficients, as rows: a square matrix.", [[2, 1], [1, 3]], required=True)
    right = number_list("The right-hand side, one for each row.", [3, 5], most=MAX_SIDE, required=True)

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        check_square(payload["matrix"])
        if len(payload["right"]) != len(payload["matrix"]):
            raise ValidationError(f"Must have {len(payload['matrix'])} elements, as matrix has rows.", "right")


class Multiply(Schema):
    """Multiply two matrices."""

    operation = named("multiply")
    a = Matrix("The left one.", [[1, 2], [3, 4]], required=True)
    b = Matrix("The right one; it has as many rows as the left one has columns.", [[0, 1], [1, 0]], required=True)

    @validates_schema
    def _fits(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if len(payload["b"]) != len(payload["a"][0]):
            raise ValidationError(f"Must have {len(payload['a'][0])} rows, as a has columns.", "b")


def check_square(matrix: list[list[Any]]) -> None:
    """As many rows as columns. Raises `ValidationError`."""
    if len(matrix) != len(matrix[0]):
        raise ValidationError(f"Must be square; it has {len(matrix)} rows and {len(matrix[0])} columns.", "matrix")
