"""Each operation's example, as OpenAPI shows it, runs."""

from typing import Any

import pytest

from api_service.json_schema import json_schema
from shared.files import FileStore
from shared.job_types.file_operations import OPERATIONS
from shared.job_types.file_processing import FILE_PROCESSING
from shared.job_types.file_result import FileProcessingResult
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.pictures import jpeg, png, quarters

IMAGES = ("image_geometry", "image_looks", "image_writing", "image_reports")


def examples(name: str) -> list[dict[str, Any]]:
    described = json_schema(OPERATIONS[name]())
    found: list[dict[str, Any]] = described.get("examples", [])
    return found


NAMES = [name for name, schema in OPERATIONS.items() if schema.__module__.rpartition(".")[2] in IMAGES]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_operation_runs(run: Run, name: str) -> None:
    (example,) = examples(name)
    result = run(jpeg(quarters(400, 300)), example)
    assert example["operation"] == name
    assert len(result["outputs"]) + len(result["reports"]) == 1
    assert FileProcessingResult().validate(result) == {}


def test_openapi_shows_the_examples() -> None:
    definitions = json_schema(FILE_PROCESSING.payload_schema)["$defs"].values()
    shown = [each for body in definitions for each in body.get("examples", [])]
    assert [example for name in NAMES for example in examples(name)] == [
        example for example in shown if example["operation"] in NAMES
    ]


def test_a_watermark_of_a_picture_runs_too(run: Run, files: FileStore) -> None:
    mark = files.save(png(quarters(20, 20)), "image/png")
    (output,) = run(jpeg(quarters(400, 300)), {"operation": "watermark", "fileId": mark.file_id})["outputs"]
    assert output["width"] == 400
