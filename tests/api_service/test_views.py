import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from api_service.answers import encode
from api_service.views import brief, estimated_start, rfc3339, whole
from shared import lifecycle
from shared.job import Job, JobError
from shared.store import JobView, Outlook
from shared.store.views import Progress, Rates

NOW = 1_700_000_000_000
NOW_TEXT = "2023-11-14T22:13:20.000Z"
LATER_TEXT = "2023-11-14T22:13:21.000Z"
ERROR = JobError("failed", "It broke.", "ValueError")
NewJob = Callable[..., Job]


def shown(job: Job, progress: Progress | None = None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode(whole(JobView(job, progress))))
    return body


@pytest.fixture
def processing(new_job: NewJob) -> Job:
    return lifecycle.claim(new_job(now=NOW), "worker-1", NOW)


@given(st.integers(0, 253_402_300_799_999))
def test_times_are_rfc_3339_in_utc_with_milliseconds(ms: int) -> None:
    text = rfc3339(ms)
    assert text is not None
    assert len(text) == len(NOW_TEXT)
    assert text.endswith("Z")
    parsed = datetime.fromisoformat(text)
    assert (parsed - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 == pytest.approx(ms, abs=0.4)


def test_a_time_before_1970_can_be_shown() -> None:
    assert rfc3339(-1) == "1969-12-31T23:59:59.999Z"
    assert rfc3339(None) is None


def test_a_waiting_job_shows_all_its_facts(new_job: NewJob) -> None:
    job = new_job(now=NOW, tags=("a",), metadata=Raw(b'{"by":1.10}'), keep_for=60.0, timeout=0.5)
    path = f"/api/jobs/{job.id}"
    assert shown(job) == {
        "id": job.id,
        "type": "calculation",
        "status": "pending",
        "createdAt": NOW_TEXT,
        "runAt": NOW_TEXT,
        "startedAt": None,
        "completedAt": None,
        "expiresAt": None,
        "startBy": None,
        "deadlineAt": None,
        "cancelRequestedAt": None,
        "progress": None,
        "error": None,
        "priority": "normal",
        "queue": "default",
        "tags": ["a"],
        "metadata": {"by": 1.1},
        "maxAttempts": 3,
        "timeout": 0.5,
        "heartbeat": None,
        "backoff": None,
        "maxElapsed": None,
        "keepFor": 60,
        "replayOf": None,
        "scheduleId": None,
        "callbackUrl": None,
        "parentId": None,
        "children": [],
        "childCount": 0,
        "onChildFailure": "fail",
        "requestId": None,
        "traceparent": None,
        "links": {
            "self": path,
            "cancel": f"{path}/cancel",
            "attempts": f"{path}/attempts",
            "logs": f"{path}/logs",
            "tree": f"{path}/tree",
        },
        "position": None,
        "estimatedStartAt": None,
        "payload": {"operation": "sum", "numbers": [1, 2]},
        "result": None,
        "resultFile": None,
        "attempts": [],
    }


def test_numbers_are_shown_as_they_were_written(new_job: NewJob) -> None:
    job = new_job(payload=Raw(b'{"a": 1.10, "b": 1180591620717411303424}'))
    assert b'"payload":{"a": 1.10, "b": 1180591620717411303424}' in encode(whole(JobView(job)))


def test_a_running_job_shows_the_attempt_that_runs(processing: Job) -> None:
    assert shown(processing)["attempts"] == [
        {"number": 1, "worker": "worker-1", "startedAt": NOW_TEXT, "endedAt": None, "outcome": None, "error": None}
    ]
    assert shown(processing)["startedAt"] == NOW_TEXT


def test_attempts_that_ended_stand_before_the_one_that_runs(processing: Job) -> None:
    failed = lifecycle.fail(processing, ERROR, NOW + 1000, delay=0.0)
    first, second = shown(lifecycle.claim(failed, "worker-2", NOW + 1000))["attempts"]
    assert first == {
        "number": 1,
        "worker": "worker-1",
        "startedAt": NOW_TEXT,
        "endedAt": LATER_TEXT,
        "outcome": "failed",
        "error": {"code": "failed", "message": "It broke.", "type": "ValueError"},
    }
    assert (second["number"], second["worker"], second["outcome"]) == (2, "worker-2", None)


def test_progress_is_shown_while_the_job_runs(processing: Job) -> None:
    assert shown(processing, Progress(50.0, "half"))["progress"] == {"percent": 50, "message": "half"}
    assert shown(processing, Progress(12.5))["progress"] == {"percent": 12.5, "message": ""}


def test_a_completed_job_has_its_result_and_nothing_to_ask_for(processing: Job) -> None:
    body = shown(lifecycle.complete(processing, Raw(b'{"sum": 3}'), NOW + 1000))
    assert (body["status"], body["result"], body["completedAt"]) == ("completed", {"sum": 3}, LATER_TEXT)
    assert body["progress"] == {"percent": 100, "message": ""}
    assert list(body["links"]) == ["self", "replay", "result", "attempts", "logs", "tree"]


def test_a_failed_job_says_why_and_can_be_retried(processing: Job) -> None:
    body = shown(lifecycle.reject(processing, NOW + 1000, ERROR))
    assert body["error"] == {"code": "failed", "message": "It broke.", "type": "ValueError"}
    assert list(body["links"]) == ["self", "retry", "replay", "attempts", "logs", "tree"]


def test_late_progress_never_changes_a_finished_job(processing: Job) -> None:
    for job in (
        lifecycle.complete(processing, Raw(b"1"), NOW),
        lifecycle.reject(processing, NOW, ERROR),
    ):
        assert shown(job, Progress(50.0, "late")) == shown(job)


def test_a_list_shows_a_job_without_what_may_be_large(processing: Job) -> None:
    view = JobView(processing)
    left_out = {"payload", "result", "resultFile", "attempts", "position", "estimatedStartAt"}
    assert whole(view).keys() - brief(view).keys() == left_out


@pytest.mark.parametrize(
    ("run_at", "before", "may_begin", "out", "start"),
    [
        (NOW, 0, True, 0.1, NOW),
        (NOW, 5, True, 2.0, NOW + 3000),
        (NOW - 60_000, 5, True, 5.0, NOW + 1000),
        (NOW + 60_001, 5, True, 2.0, NOW + 60_001),  # never before it is due
        (NOW, 5, True, 0.0, None),
        (NOW, 5, False, 2.0, None),
        (NOW, None, True, 2.0, None),
    ],
)
def test_a_waiting_job_starts_once_all_before_it_have_left(
    new_job: NewJob, run_at: int, before: int | None, may_begin: bool, out: float, start: int | None
) -> None:
    job, outlook = new_job(now=NOW - 100_000, run_at=run_at), Outlook(NOW, before, may_begin, Rates(0.0, out))
    assert estimated_start(job, outlook) == start
    body = json.loads(encode(whole(JobView(job), outlook)))
    assert (body["position"], body["estimatedStartAt"]) == (before, rfc3339(start))


def test_a_finished_job_has_no_place_whatever_is_told_of_it(processing: Job) -> None:
    outlook = Outlook(NOW, 0, True, Rates(1.0, 1.0))  # noqa: FBT003 - as it is declared
    for job in (lifecycle.complete(processing, Raw(b"1"), NOW), lifecycle.reject(processing, NOW, ERROR)):
        assert whole(JobView(job), outlook) == whole(JobView(job))
        assert not whole(JobView(job)).keys() & {"position", "estimatedStartAt"}
