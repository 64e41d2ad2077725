"""From marshmallow's errors to `FieldError`s with JSON Pointers (RFC 6901). Whatever a schema raises ends here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import structlog
from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.exceptions import SCHEMA
from marshmallow.fields import Field

from api_service.problems import MAX_ERRORS, FieldError, Problem

log = structlog.get_logger(__name__)

UNKNOWN = "Unknown field."

_CODES: Mapping[str, str] = MappingProxyType(
    {
        str(Field.default_error_messages["required"]): "required",
        str(Field.default_error_messages["null"]): "null",
        UNKNOWN: "unknown",
    }
)


@dataclass(frozen=True)
class _Entry:
    """One entry of a `Dict`: marshmallow tells apart errors of its `key` and of its `value`."""

    of: fields.Mapping[Any]

    def part(self, key: str) -> Field[Any] | None:
        return self.of.key_field if key == "key" else self.of.value_field


Where = Schema | Field[Any] | _Entry | None


def load(schema: Schema, value: Any, pointer: str = "") -> tuple[Any, list[FieldError]]:  # noqa: ANN401 - any JSON value
    """What the schema makes of the value that stands at `pointer`, and its mistakes: one of them is empty."""
    if len(strange := _strange(schema, value)) == MAX_ERRORS:  # the schema would name them all, be it a million
        return None, [FieldError(child(pointer, name), "unknown", UNKNOWN) for name in strange]
    try:
        return schema.load(value), []
    except ValidationError as error:
        return None, list(islice(_flatten(error.messages, pointer, schema), MAX_ERRORS))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        log.warning("schema does not bear a value", schema=type(schema).__name__, error=type(error).__name__)
        return None, [FieldError(pointer, "invalid", "The schema cannot take this value.")]


def _strange(schema: Schema, value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """The first members that the schema does not know, if there are too many to name."""
    if not isinstance(value, dict) or len(value) < MAX_ERRORS or schema.unknown != RAISE:
        return []
    known = {field.data_key or name for name, field in schema.load_fields.items()}
    return list(islice((name for name in value if name not in known), MAX_ERRORS))


def invalid(errors: Sequence[FieldError]) -> Problem:
    """The refusal of a request that says what it should not, or does not say what it should."""
    return Problem(422, "Validation failed", "The request says something wrong; errors names each place.", errors)


def child(pointer: str, key: object) -> str:
    """The pointer to a member or element of the value at `pointer`."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _flatten(messages: Any, pointer: str, where: Where) -> Iterator[FieldError]:  # noqa: ANN401 - as marshmallow has it
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            below, place = _step(key, pointer, where)
            yield from _flatten(inner, place, below)
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from _flatten(message, pointer, where)
    else:
        detail = str(messages)
        yield FieldError(pointer, _CODES.get(detail, "invalid"), detail)


def _step(key: Any, pointer: str, where: Where) -> tuple[Where, str]:  # noqa: ANN401 - a name or an index
    """Where a key of marshmallow's messages leads: it is a member, an index, or a word of marshmallow's own."""
    if isinstance(where, _Entry):
        return where.part(key), pointer
    if isinstance(where, fields.Mapping):
        return _Entry(where), child(pointer, key)
    if key == SCHEMA:
        return where, pointer
    return _below(where, key), child(pointer, key)


def _below(where: Where, key: Any) -> Where:  # noqa: ANN401 - a name or an index
    if isinstance(where, fields.List):
        return where.inner
    schema = where.schema if isinstance(where, fields.Nested) else where
    if not isinstance(schema, Schema):
        return None
    if isinstance(key, int):  # many=True
        return schema
    return next((field for name, field in schema.load_fields.items() if key == (field.data_key or name)), None)
