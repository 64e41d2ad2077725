from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validates_schema

from api_service.problems import MAX_ERRORS, FieldError
from api_service.validation import child, load


class Inner(Schema):
    size = fields.Integer(required=True, data_key="Size")


class Broken(fields.Field[Any]):
    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value.strip()


class Outer(Schema):
    name = fields.String()
    inner = fields.Nested(Inner)
    many = fields.Nested(Inner, many=True)
    listed = fields.List(fields.Nested(Inner))
    prices = fields.Dict(keys=fields.Integer(), values=fields.Nested(Inner))
    broken = Broken()

    @validates_schema
    def _no_clash(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("name") == "clash":
            raise ValidationError("Clash.")
        if data.get("name") == "deep":
            raise ValidationError({"inner": {"Size": ["Too deep."]}})


SCHEMA = Outer()


def mistakes(value: Any) -> set[tuple[str, str]]:
    loaded, errors = load(SCHEMA, value, "/at")
    assert loaded is None
    return {(error.pointer, error.code) for error in errors}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": 1}, ("/at/name", "invalid")),
        ({"name": None}, ("/at/name", "null")),
        ({"a/b~c": 1}, ("/at/a~1b~0c", "unknown")),
        ({"inner": {}}, ("/at/inner/Size", "required")),
        ({"inner": {"size": 1, "Size": 1}}, ("/at/inner/size", "unknown")),
        ({"inner": []}, ("/at/inner", "invalid")),
        ({"many": [{"Size": 1}, {"Size": "x"}]}, ("/at/many/1/Size", "invalid")),
        ({"listed": [{"Size": 1}, {}]}, ("/at/listed/1/Size", "required")),
        ({"prices": {"1": {}}}, ("/at/prices/1/Size", "required")),
        ({"prices": {"x": {"Size": 1}}}, ("/at/prices/x", "invalid")),
        ({"prices": {"_schema": {"Size": 1}}}, ("/at/prices/_schema", "invalid")),
        ({"prices": {"1": {"value": 1, "Size": 1}}}, ("/at/prices/1/value", "unknown")),
        ({"name": "clash"}, ("/at", "invalid")),
        ({"name": "deep"}, ("/at/inner/Size", "invalid")),
        ([], ("/at", "invalid")),
        ("text", ("/at", "invalid")),
    ],
)
def test_a_mistake_is_named_by_its_pointer_and_code(value: Any, expected: tuple[str, str]) -> None:
    assert mistakes(value) == {expected}


def test_all_mistakes_are_named_at_once() -> None:
    assert len(mistakes({"name": 1, "inner": {}, "other": 1})) == 3


def test_what_a_schema_raises_otherwise_is_a_mistake_too() -> None:
    assert mistakes({"broken": 1}) == {("/at", "invalid")}


def test_a_value_without_mistakes_comes_out_loaded() -> None:
    assert load(SCHEMA, {"inner": {"Size": 1}}) == ({"inner": {"size": 1}}, [])


def test_of_many_mistakes_only_the_first_are_named() -> None:
    _, errors = load(SCHEMA, {str(number): 1 for number in range(MAX_ERRORS + 1)})
    assert len(errors) == MAX_ERRORS


def test_a_pointer_escapes_what_rfc_6901_reserves() -> None:
    assert child("/a", "b/c~1") == "/a/b~1c~01"
    assert child("", 0) == "/0"


def test_an_error_says_what_is_wrong_in_words() -> None:
    assert load(SCHEMA, {"inner": {}})[1] == [FieldError("/inner/Size", "required", "Missing data for required field.")]
