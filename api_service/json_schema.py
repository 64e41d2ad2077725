"""JSON Schema (2020-12) of marshmallow schemas, by apispec's converter, and examples made of their fields' metadata.

The converter leaves some things wrong; the functions that end in `_fixed` mend them. Each is called for every field,
after the converter's own, with the property that these made.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, missing, validate
from marshmallow.fields import Field

from shared.schemas.options import Instant
from shared.schemas.variants import Variants

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMPONENTS, _DEFINITIONS = "#/components/schemas/", "#/$defs/"

Property = dict[str, Any]


def json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of a schema, complete in itself."""
    plugin = MarshmallowPlugin()
    spec = APISpec(title="", version="", openapi_version="3.1.0", plugins=[plugin])
    converter: Any = plugin.converter  # apispec is not typed
    converter.map_to_openapi_type(Instant, "string", "date-time")
    for fixed in _FIXES:
        converter.add_attribute_function(fixed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one schema in two forms: the converter numbers their names
        body = converter.schema2jsonschema(schema)
    definitions = spec.to_dict().get("components", {}).get("schemas", {})
    parts = {"$defs": definitions} if definitions else {}
    relocated: dict[str, Any] = _relocated({"$schema": DIALECT, **body, **parts})
    return relocated


def example(schema: Schema) -> dict[str, Any]:
    """An object of the `example`s of a schema's required fields; of all its fields if it requires none."""
    loaded = {field.data_key or name: field for name, field in schema.load_fields.items()}
    required = {name: field for name, field in loaded.items() if field.required} or loaded
    examples = {name: _example(field) for name, field in required.items()}
    return {name: value for name, value in examples.items() if value is not missing}


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


def _relocated(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same, with references that lead to `$defs`."""
    if isinstance(value, Mapping):
        return {key: _moved(item) if key == "$ref" else _relocated(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_relocated(item) for item in value]
    return value


def _moved(reference: Any) -> Any:  # noqa: ANN401 - a member of an example may be called $ref too
    return reference.replace(_COMPONENTS, _DEFINITIONS) if isinstance(reference, str) else reference


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


def _types_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401 - the converter
    """A decimal written as text comes out as a number, an enumeration without its type, a URL as no known format."""
    if isinstance(field, fields.Decimal) and field.as_string:
        ret["type"] = "string"
    if isinstance(field, fields.Enum):
        ret.setdefault("type", "string")
    if isinstance(field, fields.Url):
        ret["format"] = "uri"
    return {}


def _variants_fixed(converter: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401, ARG001 - the converter
    """The converter knows nothing of variants: one of several schemas, told apart by a member."""
    if not isinstance(field, Variants):
        return {}
    return {"type": "object", "oneOf": [converter.resolve_nested_schema(one) for one in field.schemas.values()]}


def _examples_fixed(_: Any, field: Field[Any], ret: Property) -> Property:  # noqa: ANN401, ARG001 - the converter's
    """`example` is OpenAPI's word; JSON Schema's is `examples`."""
    if "example" in ret:
        ret["examples"] = [ret.pop("example")]
    return {}


_FIXES: tuple[Callable[..., Property], ...] = (
    _ranges_fixed,
    _patterns_fixed,
    _types_fixed,
    _variants_fixed,
    _examples_fixed,
)
