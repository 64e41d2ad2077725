"""What a `calculation` accepts, and what it says to the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from shared import discovery
from shared.codec import decode
from shared.job_types import JobType
from shared.job_types.calculation import (
    CALCULATION,
    MAX_NUMBERS,
    OPERATIONS,
    SINGLE,
    CalculationPayload,
    CalculationResult,
)


def errors_of(payload: str) -> dict[str, Any]:
    """The errors of a payload, as JSON text, that must be refused."""
    with pytest.raises(ValidationError) as caught:
        CALCULATION.load_payload(decode(payload.encode()))
    return caught.value.messages_dict


def all_fields(schema: Schema) -> Iterator[fields.Field[Any]]:
    """The fields of a schema, with those of the elements and values inside them."""
    for field in schema.fields.values():
        yield field
        for inner in ("inner", "key_field", "value_field"):
            if hasattr(field, inner):
                yield getattr(field, inner)


def test_discovery_finds_the_type() -> None:
    assert discovery.values(["shared.job_types.calculation"], JobType) == [CALCULATION]


def test_the_summary_is_one_sentence() -> None:
    assert CALCULATION.summary.startswith("Compute figures of a list of numbers")
    assert CALCULATION.summary.endswith(".")


@pytest.mark.parametrize("schema", [CalculationPayload(), CalculationResult()], ids=["payload", "result"])
def test_every_field_is_described_and_has_an_example(schema: Schema) -> None:
    for field in all_fields(schema):
        assert field.metadata["description"].endswith("."), field.name
        assert field.metadata["example"] is not None, field.name


def test_the_examples_together_are_a_valid_payload() -> None:
    example = {name: field.metadata["example"] for name, field in CALCULATION.payload_schema.fields.items()}
    assert CALCULATION.load_payload(example) == example


def test_every_figure_has_its_field_in_the_result() -> None:
    assert tuple(CalculationResult().fields) == SINGLE


def test_the_percentiles_are_the_quartiles_unless_others_are_asked_for() -> None:
    loaded = CALCULATION.load_payload({"operation": "percentiles", "numbers": [1]})
    assert list(loaded["percentiles"]) == [25, 50, 75]


@pytest.mark.parametrize("bad", ['"2"', "true", "null", "[]", "{}", "1e400", "1e-400"])
def test_an_element_that_is_no_number_is_named(bad: str) -> None:
    errors = errors_of(f'{{"operation": "sum", "numbers": [1, {bad}, 3]}}')
    assert list(errors) == ["numbers"]
    assert list(errors["numbers"]) == [1]
    assert errors["numbers"][1][0]


def test_an_empty_list_is_refused() -> None:
    assert errors_of('{"operation": "sum", "numbers": []}') == {"numbers": ["Must have 1 to 10,000 elements."]}


def test_too_many_numbers_are_refused() -> None:
    assert CALCULATION.load_payload({"operation": "sum", "numbers": [1] * MAX_NUMBERS})
    errors = errors_of(f'{{"operation": "sum", "numbers": {[1] * (MAX_NUMBERS + 1)}}}')
    assert errors == {"numbers": ["Must have 1 to 10,000 elements."]}


@pytest.mark.parametrize("operation", ["variance", "stdev"])
def test_the_spread_of_one_number_is_refused(operation: str) -> None:
    errors = errors_of(f'{{"operation": "{operation}", "numbers": [1]}}')
    assert errors == {"numbers": [f"Must have at least 2 elements for '{operation}'."]}


def test_one_number_is_enough_for_every_other_operation() -> None:
    for operation in set(OPERATIONS) - {"variance", "stdev"}:
        assert CALCULATION.load_payload({"operation": operation, "numbers": [1]})


@pytest.mark.parametrize("operation", ['"root"', '""', "1", "null", "[]", "{}"])
def test_an_unknown_operation_is_refused(operation: str) -> None:
    assert list(errors_of(f'{{"operation": {operation}, "numbers": [1]}}')) == ["operation"]


def test_the_refusal_of_an_operation_lists_those_there_are() -> None:
    (message,) = errors_of('{"operation": "root", "numbers": [1]}')["operation"]
    assert message == f"Must be one of: {', '.join(OPERATIONS)}."


@pytest.mark.parametrize("bad", ["-1", "100.5", "true", '"50"'])
def test_a_percentile_lies_between_0_and_100(bad: str) -> None:
    errors = errors_of(f'{{"operation": "percentiles", "numbers": [1], "percentiles": [{bad}]}}')
    assert list(errors["percentiles"]) == [0]


def test_missing_and_unknown_fields_are_named() -> None:
    assert sorted(errors_of('{"number": [1]}')) == ["number", "numbers", "operation"]
