"""JSON Schema (2020-12) of marshmallow schemas, by apispec's converter, and examples made of their fields' metadata.

The converter leaves some things wrong; the functions that end in `_fixed` mend them. Each is called for every field,
after the converter's own, with the property that these made. A rule that spans several fields stands in the schema's
`Meta.json_schema`, beside the Python that checks it.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields, missing, validate
from marshmallow.fields import Field

from shared.schemas.jobs import Jobs
from shared.schemas.listing import DecimalText, PageToken
from shared.schemas.options import Instant
from shared.schemas.variants import Variants, VariantSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENTS, _DEFINITIONS = "#/components/schemas/", "#/$defs/"

Property = dict[str, Any]


def json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of a schema, complete in itself."""
    spec, converter = _converter()
    with _same_names_allowed():
        body = converter.schema2jsonschema(schema)
    definitions = _components(spec)
    parts = {"$defs": definitions} if definitions else {}
    whole: dict[str, Any] = relocated({"$schema": DIALECT, **body, **parts}, COMPONENTS, _DEFINITIONS)
    return whole


def components(schemas: Mapping[str, Schema]) -> dict[str, dict[str, Any]]:
    """The JSON Schemas of schemas and of all that they hold, by name, as components of one OpenAPI document."""
    spec, _ = _converter()
    with _same_names_allowed():
        for name, schema in schemas.items():
            if name not in _components(spec):  # another one may hold it
                spec.components.schema(name, schema=schema)
    return _components(spec)


def definitions(name: str, schema: Schema) -> dict[str, dict[str, Any]]:
    """The JSON Schema of a schema and of all that it holds, as components whose names begin with `name`."""
    whole = json_schema(schema)
    whole.pop("$schema")
    held = {f"{name}.{key}": body for key, body in whole.pop("$defs", {}).items()}
    moved: dict[str, dict[str, Any]] = relocated({name: whole, **held}, _DEFINITIONS, f"{COMPONENTS}{name}.")
    return moved


def example(schema: Schema) -> dict[str, Any]:
    """The first example of a schema that has its own, or else of its required fields; of all if it requires none.

    Required are also those that the first way of its `Meta.json_schema` requires, and those of its
    `Meta.example_fields`. Of a schema with variants, it is the first one's.
    """
    if isinstance(schema, VariantSchema):
        return examples_of(schema)[0]
    own: list[dict[str, Any]] = getattr(schema.Meta, "json_schema", {}).get("examples", [])
    if own:
        return own[0]
    loaded = {field.data_key or name: field for name, field in schema.load_fields.items()}
    wanted = _wanted(schema)
    required = {name: field for name, field in loaded.items() if field.required or name in wanted} or loaded
    examples = {name: _example(field) for name, field in required.items()}
    return {name: value for name, value in examples.items() if value is not missing}


def examples_of(schema: VariantSchema) -> list[dict[str, Any]]:
    """An example of each variant."""
    return [{**example(one), schema.discriminator: name} for name, one in schema.reader.schemas.items()]


def _wanted(schema: Schema) -> set[str]:
    ways = getattr(schema.Meta, "json_schema", {}).get("oneOf", [{}])
    return {*ways[0].get("required", ()), *getattr(schema.Meta, "example_fields", ())}


def _example(field: Field[Any]) -> Any:  # noqa: ANN401 - any JSON value
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.Nested):
        made = example(field.schema)
        return [made] if field.many else made
    if isinstance(field, fields.List):
        element = _example(field.inner)
        return missing if element is missing else [element]
    return missing


class _Converter(OpenAPIConverter):
    """apispec's converter, which reads neither docstrings nor rules."""

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        """The JSON Schema of an object."""
        summary = (type(schema).__doc__ or "").strip().partition("\n")[0]
        described = {"description": summary} if summary else {}
        if isinstance(schema, VariantSchema):
            return {"type": "object", **described, **self._forms(schema), "examples": examples_of(schema)}
        converted: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return {**converted, **described, **getattr(schema.Meta, "json_schema", {})}

    def _forms(self, schema: VariantSchema) -> dict[str, Any]:
        made = dict.fromkeys(schema.reader.schemas.values())
        return {"oneOf": [self.resolve_nested_schema(form) for form in made]}  # type: ignore[no-untyped-call]


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


def _converter() -> tuple[APISpec, Any]:
    """A document without paths, and apispec's converter (which is not typed) that writes to it."""
    plugin = _Plugin()
    spec = APISpec(title="", version="", openapi_version="3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    converter.map_to_openapi_type(Instant, "string", "date-time")
    converter.map_to_openapi_type(DecimalText, "integer", None)
    converter.map_to_openapi_type(PageToken, "string", None)
    converter.map_to_openapi_type(Jobs, "array", None)
    for fixed in _FIXES:
        converter.add_attribute_function(fixed)
    return spec, converter


def _components(spec: APISpec) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = spec.to_dict().get("components", {}).get("schemas", {})
    return found


@contextmanager
def _same_names_allowed() -> Iterator[None]:
    """One schema in two forms: the converter numbers their names, and warns of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def relocated(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - any JSON value
    """The same, with references that lead to another place."""
    if isinstance(value, Mapping):
        return {
            key: item.replace(old, new) if key == "$ref" and isinstance(item, str) else relocated(item, old, new)
            for key, item in value.items()
        }  # a member of an example may be called $ref, too, and hold anything
    if isinstance(value, list | tuple):
        return [relocated(item, old, new) for item in value]
    return value


def _ranges_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401 - the converter
    """An exclusive bound comes out inclusive."""
    for validator in field.validators:
        if isinstance(validator, validate.Range):
            if validator.min is not None and not validator.min_inclusive:
                ret["exclusiveMinimum"] = ret.pop("minimum", validator.min)
            if validator.max is not None and not validator.max_inclusive:
                ret["exclusiveMaximum"] = ret.pop("maximum", validator.max)
    return {}


def _patterns_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401 - the converter
    r"""Python's `match` begins at the start, JSON Schema's `pattern` anywhere (and its dialect has no `\Z`)."""
    for validator in field.validators:
        if isinstance(validator, validate.Regexp):
            pattern = str(validator.regex.pattern).removeprefix("^").replace(r"\Z", "$")
            ret["pattern"] = f"^(?:{pattern})" if "|" in pattern else f"^{pattern}"
    return {}


def _names_fixed(converter: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401 - the converter
    """What a mapping's names must be like, and how many it may have, is not told, or as of a text."""
    if not isinstance(field, fields.Dict):
        return {}
    names: Property = {}
    if field.key_field is not None:
        _patterns_fixed(converter, field.key_field, names)
        names |= _lengths(field.key_field, "minLength", "maxLength")
    for wrong in ("minLength", "maxLength"):
        ret.pop(wrong, None)
    return {**({"propertyNames": names} if names else {}), **_lengths(field, "minProperties", "maxProperties")}


def _lengths(field: Field[Any], least: str, most: str) -> Property:
    """The bounds of a length, by the names that they shall have."""
    bounds = [one for one in field.validators if isinstance(one, validate.Length)]
    said = [(name, bound) for one in bounds for name, bound in ((least, one.min), (most, one.max))]
    return {name: bound for name, bound in said if bound is not None}


def _types_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401 - the converter
    """A decimal written as text comes out as a number, an enumeration without its type, a URL as no known format."""
    if isinstance(field, fields.Decimal) and field.as_string:
        ret["type"] = "string"
    if isinstance(field, fields.Enum):
        ret.setdefault("type", ["string", "null"] if field.allow_none else "string")
    if isinstance(field, fields.Url):
        ret["format"] = "uri"
    return {}


def _variants_fixed(converter: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401, ARG001 - the converter
    """The converter knows nothing of variants: one of several schemas, told apart by a member."""
    if not isinstance(field, Variants):
        return {}
    forms = dict.fromkeys(field.schemas.values())
    return {"type": "object", "oneOf": [converter.resolve_nested_schema(one) for one in forms]}


def _defaults_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401, ARG001 - the converter's
    """What stands for a member that is left out need not be something that could be sent: no tag, no page before."""
    if ret.get("default") in ("", [], {}):
        ret.pop("default")
    return {}


def _examples_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401, ARG001 - the converter's
    """`example` is OpenAPI's word; JSON Schema's is `examples`."""
    if "example" in ret:
        ret["examples"] = [ret.pop("example")]
    return {}


_FIXES: tuple[Callable[..., Property], ...] = (
    _ranges_fixed,
    _patterns_fixed,
    _names_fixed,
    _types_fixed,
    _variants_fixed,
    _defaults_fixed,
    _examples_fixed,
)
