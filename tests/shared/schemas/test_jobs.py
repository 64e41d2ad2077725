from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from shared.schemas.jobs import MAX_BATCH_JOBS, BatchSchema, SubmissionSchema
from shared.schemas.options import Options

SUBMISSION, BATCH = SubmissionSchema(), BatchSchema()


def mistakes(schema: Schema, value: dict[str, Any]) -> Any:
    with pytest.raises(ValidationError) as caught:
        schema.load(value)
    return caught.value.messages


def test_a_submission_without_options_has_those_that_decide_nothing() -> None:
    loaded = SUBMISSION.load({"type": "calculation", "payload": {"any": "thing"}})
    expected = {"type": "calculation", "payload": {"any": "thing"}, "options": Options(), "depends_on": []}
    assert loaded == expected


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", 1),
        ("type", None),
        ("payload", []),
        ("payload", None),
        ("payload", "x"),
        ("options", None),
        ("options", []),
        ("options", "x"),
        ("id", "x"),
    ],
)
def test_a_wrong_member_of_a_submission_is_named(member: str, value: object) -> None:
    assert list(mistakes(SUBMISSION, {"type": "calculation", "payload": {}, member: value})) == [member]


def test_a_submission_needs_a_type_and_a_payload() -> None:
    assert set(mistakes(SUBMISSION, {})) == {"type", "payload"}


def test_a_mistake_in_the_options_is_named_where_it_stands() -> None:
    found = mistakes(SUBMISSION, {"type": "x", "payload": {}, "options": {"delay": -1}})
    assert list(found["options"]) == ["delay"]


def test_a_batch_leaves_its_jobs_as_they_are() -> None:
    assert BATCH.load({"jobs": [1, None]}) == {"jobs": [1, None], "atomic": False}


@pytest.mark.parametrize(
    "jobs", [None, {}, "x", [], [0] * (MAX_BATCH_JOBS + 1)], ids=["null", "object", "text", "none", "too many"]
)
def test_a_batch_needs_one_to_ten_thousand_jobs(jobs: object) -> None:
    assert list(mistakes(BATCH, {"jobs": jobs})) == ["jobs"]


@pytest.mark.parametrize("atomic", [None, 1, 0, "true", "on", []])
def test_atomic_is_a_boolean(atomic: object) -> None:
    assert list(mistakes(BATCH, {"jobs": [{}], "atomic": atomic})) == ["atomic"]
