"""The schemas of the document, as people read them."""

from collections.abc import Iterable, Mapping
from typing import Any

from api_service.html import Html, code, element, joined, link, phrase
from api_service.json_schema import COMPONENTS

JsonSchema = Mapping[str, Any]

_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} elements"),
    ("maxItems", "at most {} elements"),
    ("format", "{}"),
    ("pattern", "as `{}`"),
    ("default", "by default {}"),
)

NO_BOUND = ("minItems", 0)


def section(name: str, schema: JsonSchema) -> Html:
    """One schema, under an anchor of its own."""
    forms = schema.get("oneOf", ())
    told = element("ul", *(element("li", kind(form)) for form in forms)) if forms else _members(schema)
    about = element("p", phrase(schema.get("description", "")))
    return element("section", element("h3", code(name)), about, told, id=anchor(name))


def anchor(name: str) -> str:
    """Where a schema stands in the page."""
    return f"schema-{name}"


def reference(schema: JsonSchema) -> Html:
    """A link to a schema that has a name."""
    name = schema["$ref"].removeprefix(COMPONENTS)
    return link(f"#{anchor(name)}", code(name))


def kind(schema: JsonSchema) -> Html:
    """What values a schema takes, in a few words."""
    if "$ref" in schema:
        return reference(schema)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return _either(map(kind, schema[word]))
    if "const" in schema:
        return code(str(schema["const"]))
    if "array" in _types(schema):
        return joined("array of ", kind(schema.get("items", {})))
    return joined(" or ".join(_types(schema)) or "anything")


def bounds(schema: JsonSchema) -> Html:
    """What else a value has to be."""
    said = [text.format(schema[word]) for word, text in _BOUNDS if word in schema and (word, schema[word]) != NO_BOUND]
    choices = [code(str(choice)) for choice in schema.get("enum", ()) if choice is not None]
    parts = [*(phrase(text) for text in said), *([_either(choices, ", ")] if choices else [])]
    within = bounds(schema["items"]) if "items" in schema else Html("")
    return joined(*(joined("; ", part) for part in parts), within)


def _types(schema: JsonSchema) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _either(parts: Iterable[str], between: str = " or ") -> Html:
    pieces = [piece for part in parts for piece in (between, part)]
    return joined(*pieces[1:])


def _members(schema: JsonSchema) -> Html:
    required = frozenset(schema.get("required", ()))
    return element(
        "dl", *(_member(name, part, required=name in required) for name, part in schema.get("properties", {}).items())
    )


def _member(name: str, schema: JsonSchema, *, required: bool) -> Html:
    mark = joined(" ", element("strong", "required")) if required else Html("")
    kinds = element("small", kind(schema), bounds(schema))
    return joined(element("dt", code(name), mark, " ", kinds), element("dd", phrase(schema.get("description", ""))))
