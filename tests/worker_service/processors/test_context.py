"""What a context tells of its job's work, and what it takes of an earlier attempt."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared.files import FileStore
from worker_service import work
from worker_service.processors import LARGEST_CHECKPOINT, JobContext
from worker_service.work import NO_CHILDREN


@pytest.fixture
def told() -> list[Mapping[str, Any]]:
    return []


@pytest.fixture
def job(tmp_path: Path, told: list[Mapping[str, Any]]) -> JobContext:
    return JobContext("1", "word-count", 1, FileStore(tmp_path.as_uri()), emit=told.append)


def test_a_checkpoint_is_told_as_json_with_its_files(job: JobContext, told: list[Mapping[str, Any]]) -> None:
    job.checkpoint({"row": 2**70, "mean": 0.1}, ["a", "b"])
    assert told == [{"checkpoint": '{"row":1180591620717411303424,"mean":0.1}', "parts": ["a", "b"]}]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            "x" * (LARGEST_CHECKPOINT - 1),
            "takes 65,537 bytes of JSON; 65,536 are allowed. Save what is larger as a file",
        ),
        ({"mean": float("nan")}, "NaN and infinity are not JSON numbers"),
        ({"rows": object()}, "This is not a JSON value"),
    ],
)
def test_a_state_that_cannot_be_kept_is_refused(
    job: JobContext, told: list[Mapping[str, Any]], state: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        job.checkpoint(state)
    assert told == []


def test_the_largest_state_is_kept(job: JobContext, told: list[Mapping[str, Any]]) -> None:
    job.checkpoint("x" * (LARGEST_CHECKPOINT - 2))
    assert len(told) == 1


def test_numbers_come_back_as_they_were(job: JobContext) -> None:
    state = work.told(job, NO_CHILDREN, Raw(b'{"row":1180591620717411303424,"mean":0.1,"last":null}')).state
    assert state == {"row": 2**70, "mean": 0.1, "last": None}
    assert type(state["mean"]) is float


@pytest.mark.parametrize("text", [b"null", b"\xff", b"{"])
def test_without_a_checkpoint_that_can_be_read_there_is_no_state(job: JobContext, text: bytes) -> None:
    assert work.told(job, NO_CHILDREN, Raw(text)).state is None
