"""The page of the operations says what their schemas say."""

import json
from pathlib import Path

import pytest
from marshmallow import Schema

from shared.job_types.image_operations import IMAGE_CHANGES, IMAGE_REPORTS

PAGE = (Path(__file__).parents[3] / "docs" / "operations" / "images.md").read_text()


@pytest.mark.parametrize(("name", "schema"), {**IMAGE_CHANGES, **IMAGE_REPORTS}.items())
def test_the_page_has_each_operation_with_its_example(name: str, schema: type[Schema]) -> None:
    (example,) = schema.Meta.json_schema["examples"]  # type: ignore[attr-defined]
    summary = (schema.__doc__ or "").strip().splitlines()[0]
    assert f"| `{name}` | {summary} | `{json.dumps(example)}` |" in PAGE
