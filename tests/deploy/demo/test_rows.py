"""The row of a job says what a watcher wants to know of it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from deploy.demo.rows import Names, Row, figures, first_output, first_record, lost, records, row_of
from dmps import Job

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def job(status: str, *runs: tuple[str, str | None], **facts: Any) -> Job:
    """A job; each run is a worker and an outcome."""
    attempts = [
        {"number": number, "worker": worker, "startedAt": NOW, "outcome": outcome}
        for number, (worker, outcome) in enumerate(runs, 1)
    ]
    told = {"id": "1", "type": "calculation", "createdAt": NOW, "runAt": NOW, "maxAttempts": 3, "timeout": 30}
    return msgspec.convert({**told, "status": status, "attempts": attempts, **facts}, Job)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (job("pending"), Row("it", "pending")),
        (
            job("processing", ("b", None), progress={"percent": 40, "message": "x"}),
            Row("it", "processing", 40.0, "run 1 on worker 2"),
        ),
        (job("completed", ("a", "completed"), result={"sum": 1}), Row("it", "completed", 100.0, "sum 1")),
        (
            job("processing", ("a", "lost"), ("b", None)),
            Row("it", "processing", None, "run 2 on worker 2, worker 1 lost"),
        ),
        (
            job("completed", ("a", "lost"), ("b", "completed"), result={"sum": 1}),
            Row("it", "completed", 100.0, "sum 1, run 2 on worker 2, worker 1 lost"),
        ),
        (
            job("failed", ("a", "failed"), error={"code": "rejected", "message": "No."}),
            Row("it", "failed", None, "No."),
        ),
    ],
)
def test_a_row_tells_status_progress_and_where_it_runs(shown: Job, expected: Row) -> None:
    names = Names()
    assert (names.of("a"), names.of("b"), names.of("a")) == ("worker 1", "worker 2", "worker 1")
    assert row_of("it", shown, names, figures) == expected


def test_until_its_lease_has_lapsed_a_killed_workers_job_is_still_its_own() -> None:
    names = Names(killed={"a"})
    assert row_of("it", job("processing", ("a", None)), names, figures).note == "run 1 on worker 1, killed"
    assert lost(job("processing", ("a", "lost"), ("b", None))) == ["a"]


def test_results_are_told_in_a_few_words() -> None:
    assert figures({"sum": 15, "min": 1}) == "sum 15, min 1"
    report = [{"invalid": 1}, {"invalid": 0}]
    enriched = [{"enriched": {"phone": {"international": "+49 30 901820"}}}, {"enriched": {}}]
    assert first_record({"records": enriched, "report": report}) == "+49 30 901820, 1 invalid"
    output = {"mediaType": "image/webp", "width": 320, "height": 240, "bytes": 1010}
    assert first_output({"outputs": [output]}) == "image/webp, 320 x 240, 1,010 bytes"
    assert records({"file": {"records": 15_000}}) == "15,000 records"
