"""Fields that the operations of every family share."""

from typing import Any

from marshmallow import fields, validate

from shared.schemas.fields import Integer


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
