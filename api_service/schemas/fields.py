"""The fields of answers: each is always there unless it says otherwise, and each has a description and an example.

A keyword that these functions do not know goes to the field: `required=False`, `allow_none=True`.
"""

from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from shared.schemas.fields import Boolean, Integer, Number


class Answered(Schema):
    """Members may be added to an answer: callers ignore those that they do not know."""

    class Meta:
        """Says so to JSON Schema as well."""

        unknown = EXCLUDE


def text(description: str, example: str | None, *, format: str | None = None, **asked: Any) -> fields.String:  # noqa: ANN401 - as any field takes
    """A string; `format` is one of JSON Schema's."""
    known = {} if format is None else {"format": format}
    return fields.String(**_asked(description, example, asked, **known))


def instant(description: str, example: str | None = "2026-04-06T12:00:00.000Z", **asked: Any) -> fields.String:  # noqa: ANN401 - as any field takes
    """A time, in UTC with milliseconds."""
    return text(description, example, format="date-time", **asked)


def path(description: str, example: str, **asked: Any) -> fields.String:  # noqa: ANN401 - as any field takes
    """A link: an absolute path."""
    return text(description, example, format="uri-reference", **asked)


def choice(kind: type[StrEnum], description: str, example: str | None, **asked: Any) -> fields.Enum[Any]:  # noqa: ANN401 - as any field takes
    """One of several words."""
    return fields.Enum(kind, by_value=True, **_asked(description, example, asked))


def integer(description: str, example: int | None, **asked: Any) -> Integer:  # noqa: ANN401 - as any field takes
    """An integer."""
    return Integer(**_asked(description, example, asked))


def number(description: str, example: float | None, **asked: Any) -> Number:  # noqa: ANN401 - as any field takes
    """Any number."""
    return Number(**_asked(description, example, asked))


def flag(description: str, *, example: bool, **asked: Any) -> Boolean:  # noqa: ANN401 - as any field takes
    """True or false."""
    return Boolean(**_asked(description, example, asked))


def anything(description: str, example: Any, **asked: Any) -> fields.Raw:  # noqa: ANN401 - any JSON value
    """Any JSON value."""
    return fields.Raw(**_asked(description, example, asked))


def mapping(description: str, example: Any, values: fields.Field[Any] | None = None, **asked: Any) -> fields.Dict:  # noqa: ANN401 - any JSON value
    """An object whose members are called by those who made it."""
    return fields.Dict(keys=fields.String(), values=values, **_asked(description, example, asked))


def part(schema: type[Schema], description: str, *, absent: bool = False, **asked: Any) -> fields.Nested:  # noqa: ANN401 - as any field takes
    """An object; in the example it is null if it is `absent`."""
    example = {"example": None} if absent else {}
    return fields.Nested(schema, **{"required": True, "metadata": {"description": description, **example}, **asked})


def parts(schema: type[Schema], description: str, **asked: Any) -> fields.List[Any]:  # noqa: ANN401 - as any field takes
    """An array of objects."""
    return fields.List(fields.Nested(schema), **{"required": True, "metadata": {"description": description}, **asked})


def words(description: str, example: list[str], *, format: str | None = None, **asked: Any) -> fields.List[Any]:  # noqa: ANN401 - as any field takes
    """An array of strings; `format` is one of JSON Schema's."""
    known = {} if format is None else {"format": format}
    return fields.List(fields.String(metadata=known), **_asked(description, example, asked))


def _asked(description: str, example: Any, asked: dict[str, Any], **metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    metadata = {"description": description, "example": example, **metadata}
    return {"required": True, "metadata": metadata, **asked}
