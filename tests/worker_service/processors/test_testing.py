"""A rehearsal: what a processor finds in it, and what is kept of what it tells."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields

from shared.job_types import JobType
from shared.schemas.fields import Integer
from worker_service.failures import AttemptFailed
from worker_service.processors import JobContext, Reject, processes
from worker_service.processors.testing import Crash, Rehearsal


class Numbers(Schema):
    """Some."""

    numbers = fields.List(Integer(), required=True)


class Total(Schema):
    """Of all."""

    total = Integer(required=True)


ADD_UP = JobType("add-up", payload=Numbers, result=Total)


@processes(ADD_UP)
def add_up(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    numbers: list[int] = payload["numbers"]
    state = job.state or {"done": 0, "total": 0}
    for number in numbers[state["done"] :]:
        if job.cancelled:
            raise Reject("Stopped.")
        state = {"done": state["done"] + 1, "total": state["total"] + number}
        job.checkpoint(state, [f"part {state['done']}"])
        job.progress(100 * state["done"] / len(numbers), "adding")
    job.log(f"attempt {job.attempt}, {job.configured}")
    return {"total": state["total"]}


@processes(ADD_UP)
async def wait_and_add(job: JobContext, payload: dict[str, Any]) -> dict[str, int]:
    await asyncio.sleep(0)
    return {"total": sum(payload["numbers"])}


@processes(ADD_UP)
def misdescribed(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    return {"sum": 1}


@processes(ADD_UP)
def no_json(job: JobContext, payload: dict[str, Any]) -> object:
    return object()


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    return Rehearsal(add_up, tmp_path, geoip="x")


def test_what_is_told_is_kept(rehearsal: Rehearsal) -> None:
    assert rehearsal.run({"numbers": [1, 2]}) == {"total": 3}
    assert rehearsal.progress == [(50.0, "adding"), (100.0, "adding")]
    assert rehearsal.states == [{"done": 1, "total": 1}, {"done": 2, "total": 3}]
    assert rehearsal.parts == ["part 2"]
    assert rehearsal.log == ["attempt 1, {'geoip': 'x'}"]


def test_a_job_that_was_killed_comes_to_the_same_end(rehearsal: Rehearsal) -> None:
    with pytest.raises(Crash):
        rehearsal.run({"numbers": [1, 2, 3]}, crash_after=2)
    assert rehearsal.run({"numbers": [1, 2, 3]}) == {"total": 6}
    assert rehearsal.states[-1] == {"done": 3, "total": 6}
    assert (len(rehearsal.progress), rehearsal.attempts) == (2, 2)


def test_a_cancelled_job_sees_so(rehearsal: Rehearsal) -> None:
    rehearsal.cancel()
    with pytest.raises(Reject, match="Stopped"):
        rehearsal.run({"numbers": [1]})


def test_payload_and_result_are_held_against_the_contract(rehearsal: Rehearsal, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        rehearsal.run({"numbers": ["1"]})
    with pytest.raises(AssertionError, match=r"not as the job type says: .*sum"):
        Rehearsal(misdescribed, tmp_path).run({"numbers": []})
    with pytest.raises(AttemptFailed):
        Rehearsal(no_json, tmp_path).run({"numbers": []})


def test_a_coroutine_is_waited_for(tmp_path: Path) -> None:
    assert Rehearsal(wait_and_add, tmp_path).run({"numbers": [1, 2]}) == {"total": 3}
