"""The processor, from the payload's JSON to the result's."""

import sys
from typing import Any, cast

import pytest
from marshmallow import RAISE

from api_service.json_schema import json_schema
from shared import discovery
from shared.codec import decode, encode
from shared.job_types.calculation import CALCULATION, OPERATIONS
from shared.job_types.calculations.figures import FIGURES
from shared.job_types.calculations.results import CalculationResult
from worker_service.processors import JobContext, Processor, Reject
from worker_service.processors.calculation import calculation, table

CONTEXT = cast("JobContext", None)  # it computes, and asks nothing of its job


def answer(operation: str, numbers: str, **more: object) -> str:
    """The result's JSON for numbers as they are written in JSON."""
    payload = {"operation": operation, "numbers": decode(numbers.encode()), **more}
    return encode(calculation(CONTEXT, CALCULATION.load_payload(payload))).decode()


def test_discovery_finds_the_processor() -> None:
    assert discovery.values(["worker_service.processors.calculation"], Processor) == [calculation]


def test_it_runs_in_a_child_process() -> None:
    assert calculation.job_type is CALCULATION
    assert not calculation.runs_on_loop


@pytest.mark.parametrize(
    ("operation", "numbers", "result"),
    [
        ("complex", "[1, 2, 3, 4, 5]", '{"sum":15,"product":120,"average":3,"min":1,"max":5}'),
        ("complex", "[1.1, 2.2]", '{"sum":3.3,"product":2.42,"average":1.65,"min":1.1,"max":2.2}'),
        ("sum", "[0.1, 0.2]", '{"sum":0.3}'),
        ("sum", "[18446744073709551616, 1]", '{"sum":18446744073709551617}'),
        ("product", "[0.1, 3]", '{"product":0.3}'),
        ("average", "[1.5, 2.5]", '{"average":2}'),
        ("average", "[1, 2]", '{"average":1.5}'),
        ("min", "[-0.0, 1e-320]", '{"min":0}'),
        ("max", "[1e300, 4.0]", '{"max":1e300}'),
        ("median", "[3, 1, 2, 10]", '{"median":2.5}'),
        ("mode", "[1, 2, 2.0, 3]", '{"mode":2}'),
        ("variance", "[1, 2, 3, 4, 5]", '{"variance":2.5}'),
        ("stdev", "[0.1, 0.2, 0.3]", '{"stdev":0.1}'),
        ("percentiles", "[1, 2, 3, 4]", '{"percentiles":{"25":1.75,"50":2.5,"75":3.25}}'),
    ],
)
def test_a_result_is_written_as_promised(operation: str, numbers: str, result: str) -> None:
    assert answer(operation, numbers) == result


def test_the_percentiles_asked_for_are_answered_in_that_order() -> None:
    assert answer("percentiles", "[10, 20]", percentiles=[90, 5]) == '{"percentiles":{"90":19,"5":10.5}}'


@pytest.mark.parametrize("operation", FIGURES)
def test_every_result_fits_the_schema_of_results(operation: str) -> None:
    schema = CalculationResult(unknown=RAISE)
    result = decode(answer(operation, "[1, 2.5, 2.5, 1e10]").encode())
    assert schema.load(result) == result


@pytest.mark.parametrize("operation", FIGURES)
def test_the_examples_of_the_contract_are_true(operation: str) -> None:
    fields = CalculationResult().fields
    examples = {name: field.metadata["example"] for name, field in fields.items()}
    numbers = OPERATIONS[operation]().fields["numbers"].metadata["example"]
    result = calculation(CONTEXT, CALCULATION.load_payload({"operation": operation, "numbers": numbers}))
    assert result == {name: examples[name] for name in result}


EXAMPLES = json_schema(CALCULATION.payload_schema)["examples"]


def test_every_operation_has_an_example_in_openapi() -> None:
    assert [example["operation"] for example in EXAMPLES] == list(OPERATIONS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["operation"])
def test_every_example_of_openapi_runs_and_its_result_fits_the_schema(example: dict[str, Any]) -> None:
    result = decode(encode(calculation(CONTEXT, CALCULATION.load_payload(example))))
    assert result
    assert CalculationResult(unknown=RAISE).load(result).keys()


def test_an_operation_whose_library_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "worker_service.processors.calculation.fourier"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)
    table.function_of.cache_clear()
    with pytest.raises(Reject, match="fft needs numpy"):
        calculation(CONTEXT, CALCULATION.load_payload({"operation": "fft", "real": [1]}))


def test_integers_of_4300_digits_pass_through() -> None:
    longest = "9" * 4300
    assert answer("max", f"[1, {longest}]") == f'{{"max":{longest}}}'
    assert answer("average", f"[{longest}, {longest}]") == f'{{"average":{longest}}}'


@pytest.mark.parametrize(
    ("operation", "numbers", "reason"),
    [
        ("sum", f"[1, {'9' * 4300}]", "The sum of these numbers cannot be given: it has more than 4,300 digits."),
        ("complex", f"[10, {'9' * 4300}]", "The sum of these numbers cannot be given: it has more"),
        ("complex", "[1e200, 1e200]", "The product of these numbers cannot be given: it exceeds 1.8e308"),
        ("average", f"[2, {'9' * 4300}]", "The average of these numbers cannot be given: it exceeds 1.8e308"),
        ("variance", "[0.5, 1e300]", "The variance of these numbers cannot be given: it exceeds 1.8e308"),
    ],
)
def test_what_json_cannot_hold_rejects_the_job_and_says_why(operation: str, numbers: str, reason: str) -> None:
    with pytest.raises(Reject) as caught:
        answer(operation, numbers)
    assert str(caught.value).startswith(reason)
    assert "fewer or smaller numbers" in str(caught.value)
