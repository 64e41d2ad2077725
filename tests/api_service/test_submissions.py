import json
from collections.abc import Mapping
from typing import Any

import pytest

from api_service.problems import Problem
from api_service.submissions import new_job
from shared import discovery
from shared.job import NOTHING, Job, Status
from shared.job_types import JobType

NOW = 1_700_000_000_000
JOB_TYPES: Mapping[str, JobType] = discovery.job_types(())
COMPLEX = '{"operation": "complex", "numbers": [1, 1.10, 1180591620717411303424]}'


def job(options: str = "{}", payload: str = COMPLEX) -> Job:
    text = f'{{"type": "calculation", "payload": {payload}, "options": {options}}}'
    return new_job(text.encode(), JOB_TYPES, tenant="default", id="ID", now=NOW)


def mistakes(submission: Any, pointer: str = "") -> dict[str, str]:
    with pytest.raises(Problem) as caught:
        new_job(json.dumps(submission).encode(), JOB_TYPES, tenant="default", id="ID", now=NOW, pointer=pointer)
    assert caught.value.status == 422
    return {error.pointer: error.code for error in caught.value.errors}


def test_a_job_has_the_defaults_of_its_type() -> None:
    calculation = JOB_TYPES["calculation"]
    made = job()
    assert (made.max_attempts, made.timeout) == (calculation.max_attempts, calculation.timeout)
    assert (made.status, made.run_at, made.created_at) == (Status.PENDING, NOW, NOW)
    assert (made.tags, made.keep_for, made.metadata) == ((), None, NOTHING)


def test_options_win_over_the_defaults() -> None:
    made = job('{"maxAttempts": 7, "timeout": 0.5, "tags": ["a"], "keepFor": 0}')
    assert (made.max_attempts, made.timeout, made.tags, made.keep_for) == (7, 0.5, ("a",), 0.0)


def test_to_say_nothing_of_options_is_the_same_as_to_give_none() -> None:
    text = f'{{"type": "calculation", "payload": {COMPLEX}}}'
    assert new_job(text.encode(), JOB_TYPES, tenant="default", id="ID", now=NOW) == job()


def test_payload_and_metadata_are_kept_as_they_were_written() -> None:
    made = job('{"metadata": {"b": 1.10,  "a": [ ]}}')
    assert bytes(made.payload) == COMPLEX.encode()
    assert bytes(made.metadata) == b'{"b": 1.10,  "a": [ ]}'


def test_of_a_name_given_twice_the_last_is_checked_and_kept() -> None:
    text = b'{"type": "x", "payload": 1, "payload": {"operation": "sum", "numbers": [1]}, "type": "calculation"}'
    made = new_job(text, JOB_TYPES, tenant="default", id="ID", now=NOW)
    assert (made.type, bytes(made.payload)) == ("calculation", b'{"operation": "sum", "numbers": [1]}')


def test_a_delayed_job_is_scheduled() -> None:
    made = job('{"delay": 1.5}')
    assert (made.status, made.run_at) == (Status.SCHEDULED, NOW + 1500)


def test_a_job_for_the_past_is_due_now() -> None:
    made = job('{"runAt": "2001-01-01T00:00:00Z"}')
    assert (made.status, made.run_at) == (Status.PENDING, NOW)


def test_an_unknown_type_is_named_and_the_known_ones_are_told() -> None:
    with pytest.raises(Problem) as caught:
        new_job(b'{"type": "nope", "payload": {}}', JOB_TYPES, tenant="default", id="ID", now=NOW)
    (error,) = caught.value.errors
    assert (error.pointer, error.code) == ("/type", "unknown_type")
    assert "calculation" in error.detail


def test_mistakes_of_type_options_and_payload_are_named_together() -> None:
    submission = {
        "type": "calculation",
        "payload": {"operation": "sum", "numbers": [1, True], "more": 1},
        "options": {"delay": -1, "queue": "X"},
        "extra": 1,
    }
    assert mistakes(submission, "/jobs/3") == {
        "/jobs/3/extra": "unknown",
        "/jobs/3/options/delay": "invalid",
        "/jobs/3/options/queue": "invalid",
        "/jobs/3/payload/more": "unknown",
        "/jobs/3/payload/numbers/1": "invalid",
    }


@pytest.mark.parametrize("payload", [None, [], 1, "x"])
def test_a_payload_is_an_object(payload: object) -> None:
    assert list(mistakes({"type": "calculation", "payload": payload})) == ["/payload"]


def test_type_and_payload_are_required() -> None:
    assert mistakes({}) == {"/type": "required", "/payload": "required"}


def test_metadata_may_take_4096_bytes_and_no_more() -> None:
    fits = f'{{"a":"{"x" * 4088}"}}'
    assert len(bytes(job(f'{{"metadata": {fits}}}').metadata)) == 4096
    with pytest.raises(Problem) as caught:
        job(f'{{"metadata": {fits[:-1]} }}}}')
    assert (caught.value.errors[0].pointer, caught.value.errors[0].code) == ("/options/metadata", "too_large")
