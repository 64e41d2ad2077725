"""What a `calculation` accepts, and what it says to the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from shared import discovery
from shared.codec import decode
from shared.job_types import JobType
from shared.job_types.calculation import CALCULATION, OPERATIONS
from shared.job_types.calculations.fields import MAX_NUMBERS
from shared.job_types.calculations.figures import FIGURES, SINGLE
from shared.job_types.calculations.results import CalculationResult

SCHEMAS = [*dict.fromkeys(OPERATIONS.values()), CalculationResult]


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
    assert CALCULATION.summary.startswith("Compute: figures")
    assert CALCULATION.summary.endswith(".")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_field_is_described_and_has_an_example(schema: type[Schema]) -> None:
    for field in all_fields(schema()):
        assert field.metadata["description"].endswith("."), field.name
        assert field.metadata["example"] is not None, field.name


def test_every_figure_has_its_field_in_the_result() -> None:
    assert tuple(CalculationResult().fields)[: len(SINGLE)] == SINGLE


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
    for operation in set(FIGURES) - {"variance", "stdev"}:
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
    assert sorted(errors_of('{"number": [1]}')) == ["operation"]
    assert sorted(errors_of('{"operation": "sum", "number": [1]}')) == ["number", "numbers"]


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ('{"operation": "solve", "matrix": [[1, 2], [3]], "right": [1, 2]}', ["matrix", 1]),
        ('{"operation": "inverse", "matrix": [[1, 2], [3, 4], ["5", 6]]}', ["matrix", 2, 0]),
        ('{"operation": "determinant", "matrix": [[1, 2]]}', ["matrix"]),
        ('{"operation": "multiply", "a": [[1, 2]], "b": [[1, 2]]}', ["b"]),
        ('{"operation": "solve", "matrix": [[1]], "right": [1, 2]}', ["right"]),
        ('{"operation": "describe"}', ["numbers"]),
        ('{"operation": "describe", "numbers": [1], "fileId": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"}', ["numbers"]),
        ('{"operation": "describe", "fileId": "01932c5e-7a3b-7c4d-8e5f-0123456789ab", "format": "csv"}', ["column"]),
        ('{"operation": "describe", "fileId": "../../etc/passwd"}', ["fileId"]),
        ('{"operation": "histogram", "numbers": [1], "edges": [1, 1]}', ["edges", 1]),
        ('{"operation": "histogram", "numbers": [1], "bins": 0}', ["bins"]),
        ('{"operation": "weighted-mean", "numbers": [1, 2], "weights": [1]}', ["weights"]),
        ('{"operation": "weighted-mean", "numbers": [1], "weights": [-1]}', ["weights", 0]),
        ('{"operation": "weighted-mean", "numbers": [1], "weights": [0]}', ["weights"]),
        ('{"operation": "trimmed-mean", "numbers": [1], "trim": 0.5}', ["trim"]),
        ('{"operation": "autocorrelation", "numbers": [1, 2], "lags": [1, 2]}', ["lags", 1]),
        ('{"operation": "correlation", "series": [[1, 2], [1, 2, 3]]}', ["series", 1]),
        ('{"operation": "correlation", "series": [[1], [1]]}', ["series", 0]),
        ('{"operation": "correlation", "series": [[1, 2], [1, 2]], "method": "x"}', ["method"]),
        ('{"operation": "window", "numbers": [1, 2], "size": 3}', ["size"]),
        ('{"operation": "window", "numbers": [1, 2], "size": 1, "statistic": "std"}', ["size"]),
        ('{"operation": "regression", "y": [1, 2, 3], "x": [[1, 2]]}', ["x", 0]),
        ('{"operation": "regression", "y": [1, 2], "x": [[1, 2], [1, 3]]}', ["y"]),
        ('{"operation": "polynomial-regression", "y": [1, 2], "x": [1, 2], "degree": 16}', ["degree"]),
        ('{"operation": "interpolation", "x": [0, 0], "y": [1, 2], "at": [0]}', ["x", 1]),
        ('{"operation": "interpolation", "x": [0, 1], "y": [1, 2], "at": [0, 2]}', ["at", 1]),
        ('{"operation": "fft", "real": [1], "imaginary": [1, 2]}', ["imaginary"]),
        ('{"operation": "gcd", "integers": [1.5]}', ["integers", 0]),
        ('{"operation": "factors", "integer": 0}', ["integer"]),
        ('{"operation": "factors", "integer": 1000000000000000000000001}', ["integer"]),
        ('{"operation": "power-modulo", "base": 1, "exponent": 2, "modulus": 0}', ["modulus"]),
        ('{"operation": "rational", "fractions": ["1/2", "1/0"]}', ["fractions", 1]),
        ('{"operation": "expression", "expression": ""}', ["expression"]),
        ('{"operation": "expression", "expression": "a", "variables": {"a": "b"}}', ["variables", "a", "value"]),
        ('{"operation": "expression", "expression": "a", "variables": {"a b": 1}}', ["variables", "a b", "key"]),
        ('{"operation": "expression", "expression": "a", "variables": {"a": [1, []]}}', ["variables", "a", "value", 1]),
    ],
)
def test_wrong_input_is_named_by_its_place(payload: str, path: list[str | int]) -> None:
    errors: Any = errors_of(payload)
    for step in path:
        assert list(errors) == [step]
        errors = errors[step]
    assert len(errors) == 1


def test_an_integer_of_too_many_bits_is_refused() -> None:
    payload = '{"operation": "power-modulo", "base": 1, "exponent": %d, "modulus": 7}'
    assert CALCULATION.load_payload(decode((payload % (2**4096 - 1)).encode()))
    assert list(errors_of(payload % 2**4096)) == ["exponent"]


def test_an_expression_has_so_many_variables_at_most() -> None:
    many = {f"v{number}": 1 for number in range(51)}
    with pytest.raises(ValidationError, match="at most 50"):
        CALCULATION.load_payload({"operation": "expression", "expression": "v1", "variables": many})
