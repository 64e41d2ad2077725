"""The strict fields, held against whatever JSON value there is."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate

from shared.schemas.fields import MAX_DIGITS, Boolean, Integer, List, Number

LONGEST = 10**MAX_DIGITS - 1

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([MAX_DIGITS - 1, MAX_DIGITS, 100_000]).map(lambda exponent: -(10**exponent))
    | st.floats()
    | st.decimals()
    | st.sampled_from(list(map(Decimal, ["sNaN", "1e999999", "-1e-999999", "0e999999999"])))
    | st.text()
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)


def refusal(field: fields.Field[Any], value: object) -> str:
    """What the field says to the value, which it must refuse."""
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    (message,) = caught.value.messages
    return str(message)


FIELDS: dict[str, fields.Field[Any]] = {
    "number": Number(),
    "number in a range": Number(validate=validate.Range(0, 1)),
    "integer": Integer(),
    "integer in a range": Integer(validate=validate.Range(0, 1)),
    "boolean": Boolean(),
    "list": List(Number(), min_length=1, max_length=2),
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
@given(value=json_values)
def test_a_field_raises_nothing_but_validation_errors(field: fields.Field[Any], value: object) -> None:
    with suppress(ValidationError):
        assert field.deserialize(value) is not None


@given(st.integers() | st.just(LONGEST))
def test_an_integer_is_a_number_and_an_integer_and_stays_exact(value: int) -> None:
    assert Number().deserialize(value) is value
    assert Integer().deserialize(value) == value


@given(st.floats(allow_nan=False, allow_infinity=False).map(repr).map(Decimal))
def test_a_decimal_in_the_range_of_a_double_stays_as_written(value: Decimal) -> None:
    loaded = Number().deserialize(value)
    assert isinstance(loaded, Decimal)
    assert loaded == value


def test_a_float_stands_for_the_decimal_that_python_writes() -> None:
    assert Number().deserialize(0.1) == Decimal("0.1")


@pytest.mark.parametrize("value", [True, False, "1", "", [1], {"a": 1}])
def test_only_numbers_are_numbers(value: object) -> None:
    assert refusal(Number(), value) == "Must be a JSON number: no text, no true or false."
    assert refusal(Integer(), value) == "Must be a JSON integer: no fraction, no text, no true or false."


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), float("nan"), float("inf")])
@pytest.mark.parametrize("field", [Number(), Integer()], ids=["number", "integer"])
def test_nan_and_infinity_are_refused(field: fields.Field[Any], value: object) -> None:
    assert "finite" in refusal(field, value)


@pytest.mark.parametrize(
    "value", [LONGEST + 1, -LONGEST - 1, Decimal("1." + MAX_DIGITS * "3")], ids=["above", "below", "behind the point"]
)
def test_a_number_of_more_than_4300_digits_is_refused(value: object) -> None:
    assert refusal(Number(), value) == "Must have at most 4,300 digits."


@pytest.mark.parametrize("text", ["1.7976931348623157e308", "-5e-324", "3e-324", "1." + (MAX_DIGITS - 1) * "3"])
def test_the_ends_of_the_range_are_accepted(text: str) -> None:
    assert Number().deserialize(Decimal(text)) == Decimal(text)


@pytest.mark.parametrize("text", ["1.8e308", "-1e400", "1e999999999"])
def test_a_decimal_beyond_a_double_is_refused(text: str) -> None:
    assert "smaller than 1.8e308" in refusal(Number(), Decimal(text))
    assert "smaller than 1.8e308" in refusal(Integer(), Decimal(text))


@pytest.mark.parametrize("text", ["2e-324", "-1e-400", "1e-999999999"])
def test_a_decimal_too_small_for_a_double_is_refused(text: str) -> None:
    assert "larger than 2.5e-324" in refusal(Number(), Decimal(text))


@pytest.mark.parametrize("text", ["0.0", "-0.0", "0e999999999", "0e-999999999"])
def test_every_zero_becomes_a_short_one(text: str) -> None:
    assert str(Number().deserialize(Decimal(text))) == "0"


@pytest.mark.parametrize(("text", "value"), [("4.0", 4), ("-1e3", -1000), ("0.0", 0), ("1e300", 10**300)])
def test_an_integer_is_one_by_its_value(text: str, value: int) -> None:
    loaded = Integer().deserialize(Decimal(text))
    assert isinstance(loaded, int)
    assert loaded == value


def test_a_fraction_is_no_integer() -> None:
    assert "no fraction" in refusal(Integer(), Decimal("4.5"))


def test_numbers_are_dumped_as_they_are() -> None:
    for value in (2**70, Decimal("1.10"), 0.5):
        assert Number().serialize("it", {"it": value}) is value


def test_true_and_false_are_the_only_booleans() -> None:
    for value in (True, False):
        assert Boolean().deserialize(value) is value
    others: tuple[object, ...] = (1, 0, "true", "on", [], Decimal(1))
    for other in others:
        assert refusal(Boolean(), other) == "Must be true or false."


def test_an_element_that_is_wrong_is_named_by_its_place() -> None:
    schema = Schema.from_dict({"numbers": List(Number())})()
    errors = schema.validate({"numbers": [1, "2", 3, None]})
    assert set(errors) == {"numbers"}
    assert str(errors["numbers"]) == str(
        {
            1: ["Must be a JSON number: no text, no true or false."],
            3: ["Field may not be null."],
        }
    )


def test_the_length_of_a_list_is_checked_before_its_elements() -> None:
    assert refusal(List(Number(), max_length=2), ["no", "number", "here"]) == "Must have 0 to 2 elements."
    assert refusal(List(Number(), min_length=1), []) == "Must have 1 to 10,000 elements."


@pytest.mark.parametrize("value", ["ab", {"a": 1}, 5, True])
def test_only_arrays_are_lists(value: object) -> None:
    assert refusal(List(Number()), value) == "Must be a JSON array."
