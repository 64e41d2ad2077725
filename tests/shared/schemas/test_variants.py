from types import MappingProxyType
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from shared.schemas.fields import Integer
from shared.schemas.variants import Variants, VariantSchema


class Circle(Schema):
    shape = fields.String(required=True)
    radius = Integer(required=True)


class Square(Schema):
    shape = fields.String(required=True)
    side = Integer(required=True)


class Drawing(Schema):
    shapes = fields.List(Variants("shape", {"circle": Circle, "square": Square}))


DRAWING = Drawing()


def errors_of(*shapes: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        DRAWING.load({"shapes": list(shapes)})
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages["shapes"]


def test_each_object_is_read_by_the_schema_that_it_names() -> None:
    shapes = [{"shape": "square", "side": 2}, {"shape": "circle", "radius": 1}]
    assert DRAWING.load({"shapes": shapes}) == {"shapes": shapes}


def test_errors_are_told_where_they_stand() -> None:
    assert list(errors_of({"shape": "circle", "radius": 1}, {"shape": "square", "side": "2"})[1]) == ["side"]


def test_a_member_of_another_form_is_unknown() -> None:
    assert errors_of({"shape": "square", "side": 1, "radius": 1})[0] == {"radius": ["Unknown field."]}


@pytest.mark.parametrize("name", ["triangle", "", None, 1, [], {}, True])
def test_a_name_that_no_schema_has_is_an_error_of_the_discriminator(name: Any) -> None:
    assert list(errors_of({"shape": name})[0]) == ["shape"]


def test_a_missing_name_is_missing() -> None:
    assert errors_of({"side": 1})[0] == {"shape": ["Missing data for required field."]}


@pytest.mark.parametrize("value", ["circle", 1, [], True])
def test_what_is_no_object_is_refused(value: Any) -> None:
    assert errors_of(value)[0] == ["Must be an object."]


class Shape(VariantSchema):
    discriminator = "shape"
    forms = MappingProxyType({"circle": Circle, "disc": Circle, "square": Square})


def test_a_schema_of_variants_loads_as_the_one_that_is_named() -> None:
    assert Shape().load({"shape": "disc", "radius": 2}) == {"shape": "disc", "radius": 2}
    assert sorted(Shape().load_fields) == ["radius", "shape", "side"]


def test_the_mistakes_of_a_variant_are_those_of_its_schema() -> None:
    for wrong, names in (
        ({"shape": "square", "radius": 2}, ["radius", "side"]),
        ({"shape": "oval"}, ["shape"]),
        ({}, ["shape"]),
    ):
        with pytest.raises(ValidationError) as caught:
            Shape().load(wrong)
        assert sorted(caught.value.messages_dict) == names
    with pytest.raises(ValidationError, match="Must be an object"):
        Shape().load([])
