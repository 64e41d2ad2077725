"""Fields of a form, made of a JSON Schema as `api_service.json_schema` writes it, and read back into JSON. Pure.

Plain values get a field of their own kind; whatever else there is, is written as JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from api_service.answers import encode
from api_service.dashboard.forms import words
from api_service.decoding import json_value
from api_service.problems import FieldError, Problem
from api_service.validation import child, invalid

Schema = Mapping[str, Any]
LONG_TEXT = 200  # characters from which on a text has several lines
MOST_CHOICES = 400


@dataclass(frozen=True)
class Field:
    """One of them. `pointer` is where its value stands in the body, and also its name in the form."""

    pointer: str
    label: str
    kind: str  # `number`, `integer`, `boolean`, `choice`, `text`, `long`, `words` or `json`
    about: str
    is_required: bool
    value: str
    choices: Sequence[str] = ()
    bounds: Mapping[str, Any] | None = None
    suggestion: str = ""  # an example, for a field that is left empty


def resolved(schema: Schema, root: Schema) -> Schema:
    """What a `$ref` leads to, with what is said beside it."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def variants(schema: Schema) -> Mapping[str, tuple[Schema, Mapping[str, Any]]]:
    """Of a schema that is one of several, told apart by `operation`: each with an example."""
    examples = {
        example.get("operation"): example for example in schema.get("examples", ()) if isinstance(example, dict)
    }
    found: dict[str, tuple[Schema, Mapping[str, Any]]] = {}
    for each in schema.get("oneOf", ()):
        variant = resolved(each, schema)
        for name in variant.get("properties", {}).get("operation", {}).get("enum", ()):
            if name in examples:
                found[name] = variant, examples[name]
    return found


def fields(
    schema: Schema, root: Schema, values: Mapping[str, Any], pointer: str, leave_out: Sequence[str] = ()
) -> list[Field]:
    """A field for each member of an object, those that are required first."""
    required = set(schema.get("required", ()))
    made = [
        _field(name, resolved(about, root), values, child(pointer, name), name in required)
        for name, about in schema.get("properties", {}).items()
        if name not in leave_out
    ]
    return sorted(made, key=lambda field: not field.is_required)


def read(made: Sequence[Field], form: Mapping[str, str]) -> dict[str, Raw]:
    """The members that were filled in, as JSON. Raises a 4xx `Problem` for what is no JSON or no number."""
    return dict(_members(made, form))


def beside(made: Sequence[Field], problem: Problem | None) -> dict[str, str]:
    """What is to be told beside which field, by its pointer: what is wrong with its value, or within it."""
    told: dict[str, str] = {}
    for error in problem.errors if problem else ():
        for field in made:
            if error.pointer == field.pointer or error.pointer.startswith(f"{field.pointer}/"):
                place = error.pointer[len(field.pointer) :]
                told.setdefault(field.pointer, f"{place}: {error.detail}" if place else error.detail)
    return told


def _members(made: Sequence[Field], form: Mapping[str, str]) -> Iterator[tuple[str, Raw]]:
    for field in made:
        text = form.get(field.pointer, "")
        if not text.strip() and not (field.is_required and field.kind in {"text", "long"}):
            continue
        if field.kind in {"text", "long", "choice"}:
            yield field.label, Raw(encode(text))
        elif field.kind == "words":
            yield field.label, Raw(encode(words(text)))
        else:
            yield field.label, _json(text.strip(), field)


def _json(text: str, field: Field) -> Raw:
    try:
        json_value(text.encode(), field.pointer)
    except Problem as problem:
        if problem.errors:
            raise
        raise invalid([FieldError(field.pointer, "malformed", problem.detail)]) from problem
    return Raw(text.encode())


def _field(name: str, schema: Schema, values: Mapping[str, Any], pointer: str, is_required: bool) -> Field:  # noqa: FBT001
    kind = _kind(schema)
    value = values.get(name)
    return Field(
        pointer,
        name,
        kind,
        schema.get("description", ""),
        is_required,
        _written(value, kind) if name in values else "",
        [str(choice) for choice in schema.get("enum", ()) if choice is not None],
        {key: schema[key] for key in ("minimum", "maximum") if key in schema},
        _written(schema["examples"][0], kind) if schema.get("examples") else "",
    )


def _kind(schema: Schema) -> str:
    types = schema.get("type", "")
    known = [type for type in (types if isinstance(types, list) else [types]) if type != "null"]
    type = known[0] if len(known) == 1 else ""
    if 0 < len(schema.get("enum", ())) <= MOST_CHOICES and type == "string":
        return "choice"
    if type == "string":
        return "long" if schema.get("maxLength", 0) >= LONG_TEXT * LONG_TEXT else "text"
    return type if type in {"number", "integer", "boolean"} else "json"


def _written(value: Any, kind: str) -> str:  # noqa: ANN401 - any JSON
    if kind in {"text", "long", "choice"} and isinstance(value, str):
        return value
    return "" if value is None else encode(value).decode()
