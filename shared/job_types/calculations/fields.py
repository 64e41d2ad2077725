"""The fields that the operations of `calculation` share, and their limits."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.ids import ID, is_id
from shared.job_types.sources import check_one, has_source, source_schema
from shared.schemas.fields import Boolean, Integer, List, Number

MAX_NUMBERS = 10_000
MAX_SIDE = 200  # rows or columns of a matrix
MAX_SERIES = 20
MAX_PERCENTILES = 100
QUARTILES = (25, 50, 75)
LONGEST_COLUMN = 256  # characters of its name

SOURCE = source_schema("numbers")
"""Numbers inline or a file, for JSON Schema."""


def named(*names: str) -> fields.String:
    """The member that says which operation this is."""
    return fields.String(
        required=True,
        validate=validate.OneOf(names, error="Must be one of: {choices}."),
        metadata={"description": "Which operation this is.", "example": names[0]},
    )


def number(description: str, example: Any, **kwargs: Any) -> Number:  # noqa: ANN401 - any field's
    """An integer, or a decimal within a double's range."""
    return Number(metadata={"description": description, "example": example}, **kwargs)


def integer(description: str, example: int, minimum: int, maximum: int, **kwargs: Any) -> Integer:  # noqa: ANN401 - any field's
    """An integer within bounds."""
    bounds = validate.Range(minimum, maximum, error="Must be from {min} to {max}.")
    return Integer(validate=bounds, metadata={"description": description, "example": example}, **kwargs)


def flag(description: str, *, default: bool) -> Boolean:
    """Yes or no."""
    return Boolean(load_default=default, metadata={"description": description, "example": default})


def one_of(choices: Sequence[str], description: str, **kwargs: Any) -> fields.String:  # noqa: ANN401 - any field's
    """One of several words, the first of which is the default unless it is required."""
    if not kwargs.get("required"):
        kwargs.setdefault("load_default", choices[0])
    return fields.String(
        validate=validate.OneOf(choices, error="Must be one of: {choices}."),
        metadata={"description": description, "example": choices[0]},
        **kwargs,
    )


def number_list(
    description: str,
    example: Sequence[Any],
    least: int = 1,
    most: int = MAX_NUMBERS,
    **kwargs: Any,  # noqa: ANN401
) -> List:
    """A list of numbers."""
    return List(
        number("An integer, or a decimal within a double's range.", example[0] if example else 1),
        min_length=least,
        max_length=most,
        metadata={"description": description, "example": list(example)},
        **kwargs,
    )


def percentile_list(**kwargs: Any) -> List:  # noqa: ANN401 - any field's
    """Which percentiles are asked for."""
    return List(
        Number(
            validate=validate.Range(0, 100, error="Must be from 0 to 100."),
            metadata={"description": "The percentage of the numbers that lie below it.", "example": 50},
        ),
        min_length=1,
        max_length=MAX_PERCENTILES,
        load_default=QUARTILES,
        metadata={"description": "Which percentiles to compute, from 0 to 100.", "example": [25, 50, 75]},
        **kwargs,
    )


class Matrix(List):
    """Rows of numbers, all of one length. Errors name the row, or the row and the column."""

    def __init__(self, description: str, example: Sequence[Sequence[Any]], **kwargs: Any) -> None:  # noqa: ANN401 - any field's
        super().__init__(
            number_list("A row.", example[0], most=MAX_SIDE),
            min_length=1,
            max_length=MAX_SIDE,
            metadata={"description": description, "example": [list(row) for row in example]},
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:  # noqa: ANN401 - as it is called
        rows = super()._deserialize(value, attr, data, **kwargs)
        uneven = {
            index: [f"Must have {len(rows[0])} elements, as the first row has."]
            for index, row in enumerate(rows)
            if len(row) != len(rows[0])
        }
        if uneven:
            raise ValidationError(uneven)
        return rows


class Series(List):
    """Several lists of numbers, all of one length."""

    def __init__(self, description: str, example: Sequence[Sequence[Any]], least: int = 2, **kwargs: Any) -> None:  # noqa: ANN401 - any field's
        super().__init__(
            number_list("One series.", example[0], least=1),
            min_length=least,
            max_length=MAX_SERIES,
            metadata={"description": description, "example": [list(series) for series in example]},
            **kwargs,
        )


def _is_file_id(text: str) -> None:
    if not is_id(text):
        raise ValidationError("Must be a fileId, as POST /api/files answers it.")


def source_file() -> fields.String:
    """A file of numbers, in the place of `numbers`."""
    return fields.String(
        data_key="fileId",
        validate=_is_file_id,
        metadata={
            "pattern": f"^{ID.pattern}$",
            "description": "A file, in the place of `numbers`: text with one number a line, CSV, JSON Lines, Parquet.",
            "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab",
        },
    )


def source_column() -> fields.String:
    """Which column of the file."""
    return fields.String(
        validate=validate.Length(1, LONGEST_COLUMN),
        metadata={"description": "The column of CSV or Parquet, the member of JSON Lines.", "example": "price"},
    )


def file_format() -> fields.String:
    """How the file is written."""
    return one_of(("lines", "csv", "jsonl", "parquet"), "How the file is written; `lines` has one number a line.")


def check_source(payload: dict[str, Any]) -> None:
    """Numbers or a file, and a column where the file has such. Raises `ValidationError`."""
    check_one(payload, ("numbers",))
    if has_source(payload) and (payload["format"] == "lines") == ("column" in payload):
        raise ValidationError("Name the column of csv, jsonl and parquet; lines have none.", "column")


def check_lengths(payload: dict[str, Any], *names: str) -> None:
    """All of those lists must be as long as the first. Raises `ValidationError`."""
    for name in names[1:]:
        if len(payload[name]) != len(payload[names[0]]):
            raise ValidationError(f"Must have {len(payload[names[0]])} elements, as {names[0]} has.", name)


def check_series(payload: dict[str, Any], name: str, length: int, like: str) -> None:
    """Each series must be of that length. Raises `ValidationError`."""
    uneven = {
        index: [f"Must have {length} elements, as {like} has."]
        for index, series in enumerate(payload[name])
        if len(series) != length
    }
    if uneven:
        raise ValidationError({name: uneven})
