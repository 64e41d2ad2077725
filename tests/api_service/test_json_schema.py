from enum import Enum
from typing import Any

import pytest
from marshmallow import INCLUDE, Schema, fields, validate

from api_service.json_schema import DIALECT, components, definitions, example, json_schema
from shared import discovery
from shared.job_types import JobType
from shared.job_types.file_operations import OPERATIONS
from shared.schemas.fields import Boolean, Integer, List, Number
from shared.schemas.jobs import BatchSchema, SubmissionSchema
from shared.schemas.listing import ListingSchema

JOB_TYPES = tuple(discovery.job_types(()).values())


class Color(Enum):
    RED = "r"
    BLUE = "b"


class Node(Schema):
    name = fields.String(required=True, metadata={"example": "root"})
    children = fields.List(fields.Nested("Node"))


class Ruled(Schema):
    """Either of two.

    More about it.
    """

    class Meta:
        json_schema = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}  # noqa: RUF012 - as the converter reads it

    a = Integer()
    b = fields.Enum(Color, by_value=True, allow_none=True)
    c = List(Integer(), load_default=())


class Sample(Schema):
    count = Integer(required=True, metadata={"example": 3})
    ratio = Number(validate=validate.Range(0, 1, min_inclusive=False, max_inclusive=False))
    price = fields.Decimal(as_string=True)
    color = fields.Enum(Color, by_value=True)
    link = fields.Url()
    flag = Boolean()
    code = fields.String(validate=validate.Regexp(r"[A-Z]{2}\Z"))
    either = fields.String(validate=validate.Regexp(r"^a|b"))
    tree = fields.Nested(Node, required=True)
    trees = fields.Nested(Node, many=True, required=True)
    sizes = List(Integer(metadata={"example": 1}), min_length=1, max_length=9, required=True)
    anything = fields.Raw(required=True)


@pytest.fixture(scope="module")
def properties() -> dict[str, Any]:
    found: dict[str, Any] = json_schema(Sample())["properties"]
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("count", {"type": "integer", "examples": [3]}),
        ("ratio", {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        ("price", {"type": "string"}),
        ("color", {"type": "string", "enum": ["r", "b"]}),
        ("link", {"type": "string", "format": "uri"}),
        ("flag", {"type": "boolean"}),
        ("code", {"type": "string", "pattern": "^[A-Z]{2}$"}),
        ("either", {"type": "string", "pattern": "^(?:a|b)"}),
        ("tree", {"$ref": "#/$defs/Node"}),
        ("trees", {"type": "array", "items": {"$ref": "#/$defs/Node"}}),
        ("sizes", {"type": "array", "minItems": 1, "maxItems": 9, "items": {"type": "integer", "examples": [1]}}),
    ],
)
def test_a_field_is_described_as_json_schema_has_it(
    properties: dict[str, Any], name: str, expected: dict[str, Any]
) -> None:
    assert properties[name] == expected


def test_a_schema_is_complete_in_itself_even_if_it_holds_itself() -> None:
    described = json_schema(Sample())
    assert described["$schema"] == DIALECT
    assert described["$defs"]["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}


def test_a_rule_of_several_fields_and_the_docstrings_first_line_are_part_of_the_schema() -> None:
    described = json_schema(Ruled())
    assert described["anyOf"] == [{"required": ["a"]}, {"required": ["b"]}]
    assert described["description"] == "Either of two."
    assert described["properties"]["b"] == {"type": ["string", "null"], "enum": ["r", "b", None]}
    assert "default" not in described["properties"]["c"]


def test_components_hold_what_they_refer_to_each_once() -> None:
    made = components({"Node": Node(), "Sample": Sample()})
    assert made.keys() == {"Node", "Sample"}
    assert made["Sample"]["properties"]["tree"] == {"$ref": "#/components/schemas/Node"}


def test_definitions_keep_apart_what_several_plug_ins_call_the_same() -> None:
    made = definitions("acme.payload", Sample())
    assert made.keys() == {"acme.payload", "acme.payload.Node"}
    assert made["acme.payload"]["properties"]["tree"] == {"$ref": "#/components/schemas/acme.payload.Node"}
    assert "$schema" not in made["acme.payload"]


def test_unknown_members_are_allowed_only_where_the_schema_takes_them() -> None:
    assert json_schema(Sample())["additionalProperties"] is False
    assert json_schema(Sample(unknown=INCLUDE))["additionalProperties"] is True


def test_an_example_is_made_of_the_required_fields() -> None:
    assert example(Sample()) == {"count": 3, "tree": {"name": "root"}, "trees": [{"name": "root"}], "sizes": [1]}


def test_of_a_schema_that_requires_nothing_all_examples_are_shown() -> None:
    made = example(ListingSchema())
    assert made["status"] == ["failed"]
    assert "pageSize" in made


@pytest.mark.parametrize("schema", [SubmissionSchema, BatchSchema, ListingSchema])
def test_the_schemas_of_the_envelope_can_be_described(schema: type[Schema]) -> None:
    assert json_schema(schema())["properties"]


@pytest.mark.parametrize("job_type", JOB_TYPES, ids=lambda job_type: job_type.name)
def test_the_example_of_each_job_type_is_a_valid_payload(job_type: JobType) -> None:
    assert job_type.load_payload(example(job_type.payload_schema))


@pytest.mark.parametrize("job_type", JOB_TYPES, ids=lambda job_type: job_type.name)
def test_every_field_of_each_job_type_has_its_type(job_type: JobType) -> None:
    described = json_schema(job_type.payload_schema)
    for parts in (described, *described.get("$defs", {}).values()):
        for name, part in parts.get("properties", {}).items():
            assert part.keys() & {"type", "$ref", "anyOf", "oneOf", "enum"}, f"{name} of {job_type.name} has no type"


def test_the_operations_on_a_file_are_described_one_by_one() -> None:
    (job_type,) = [known for known in JOB_TYPES if known.name == "file-processing"]
    described = json_schema(job_type.payload_schema)
    forms = described["properties"]["operations"]["items"]["oneOf"]
    names = [described["$defs"][form["$ref"].rpartition("/")[2]]["properties"]["operation"]["enum"] for form in forms]
    assert ["resize"] in names
    assert len(forms) == len(OPERATIONS)
