"""Fields that the operations of every family share."""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.ids import ID, is_id
from shared.schemas.fields import Integer, Number

_COLOR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?\Z")


def named(name: str) -> fields.String:
    """The member that says which operation it is."""
    return fields.String(
        required=True,
        validate=validate.OneOf((name,)),
        metadata={"description": "Which operation this is.", "example": name},
    )


def one_of(choices: tuple[str, ...], description: str, **kwargs: Any) -> fields.String:  # noqa: ANN401 - any field's
    """One of some words; the first is the example."""
    return fields.String(
        validate=validate.OneOf(choices, error="Must be one of: {choices}."),
        metadata={"description": description, "example": choices[0]},
        **kwargs,
    )


def whole(description: str, example: int, bounds: tuple[int, int], unit: str = "", **kwargs: Any) -> Integer:  # noqa: ANN401 - any field's
    """A whole number within bounds, both included."""
    error = f"Must be from {{min}} to {{max}}{unit and f' {unit}'}."
    return Integer(
        validate=validate.Range(*bounds, error=error),
        metadata={"description": description, "example": example},
        **kwargs,
    )


def decimal(description: str, example: float, bounds: tuple[float, float], **kwargs: Any) -> Number:  # noqa: ANN401 - any field's
    """A number within bounds, both included."""
    return Number(
        validate=validate.Range(*bounds, error="Must be from {min} to {max}."),
        metadata={"description": description, "example": example},
        **kwargs,
    )


def color(description: str) -> fields.String:
    """A colour as CSS writes it in hexadecimal (CSS Color 4, section 5.2), in sRGB, with its opacity last."""
    return fields.String(
        validate=validate.Regexp(_COLOR, error="Must be a colour such as #ff8800, or #ff880080 with its opacity."),
        metadata={"description": description, "example": "#ff8800"},
    )


def file_id(description: str, **kwargs: Any) -> fields.String:  # noqa: ANN401 - any field's
    """The id of a file of the caller's."""
    return fields.String(
        data_key="fileId",
        validate=_is_file_id,
        metadata={
            "pattern": f"^{ID.pattern}$",
            "description": description,
            "example": "01932c5e-7a3b-7c4d-8e5f-0123456789ab",
        },
        **kwargs,
    )


def _is_file_id(text: str) -> None:
    if not is_id(text):
        raise ValidationError("Must be a fileId, as POST /api/files answers it.")
