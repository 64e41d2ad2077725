"""What is counted of a job, by what its record says."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from prometheus_client import CollectorRegistry

from shared import lifecycle
from shared.job import Job, JobError
from worker_service.job_meter import JobMeter

NOW = 1_700_000_000_000
BROKE, LATE = JobError("exception", "It broke."), JobError("expired", "Too late.")
MakeJob = Callable[..., Job]
End = Callable[[Job], Job]


@pytest.fixture
def held(new_job: MakeJob) -> Job:
    return lifecycle.claim(new_job(now=NOW - 2_000), "w1", NOW - 500)


def counted(held: Job, end: End) -> Callable[..., float]:
    meter, registry = JobMeter(), CollectorRegistry()
    registry.register(meter)
    meter.settled(held, end(held))

    def read(name: str, **labels: str) -> float:
        return registry.get_sample_value(name, {"type": "calculation", "queue": "default", **labels}) or 0.0

    return read


@pytest.mark.parametrize(
    ("end", "outcome", "status", "reason"),
    [
        (lambda job: lifecycle.complete(job, Raw(b"1"), NOW), "completed", "completed", None),
        (lambda job: lifecycle.fail(job, BROKE, NOW, 1.0), "failed", None, "exception"),
        (lambda job: lifecycle.reject(job, NOW, BROKE), "failed", "failed", None),
        (lambda job: lifecycle.snooze(job, NOW, 1.0), "snoozed", None, None),
        (lambda job: lifecycle.hand_back(job, NOW), "interrupted", None, None),
        (lambda job: lifecycle.hand_back(lifecycle.cancel(job, NOW), NOW), "cancelled", "cancelled", None),
        (lambda job: lifecycle.give_up(job, NOW, LATE), None, "failed", None),
    ],
)
def test_an_attempt_is_counted_by_how_it_ended_and_a_job_once_it_has(
    held: Job, end: End, outcome: str | None, status: str | None, reason: str | None
) -> None:
    read = counted(held, end)
    attempts, ended, retries = ({word: 1.0} if word else {} for word in (outcome, status, reason))
    for word in ("completed", "failed", "snoozed", "interrupted", "cancelled"):
        assert read("dmps_attempts_total", outcome=word) == attempts.get(word, 0)
        assert read("dmps_jobs_total", status=word) == ended.get(word, 0)
    assert read("dmps_retries_total", reason="exception") == retries.get("exception", 0)
    for part, seconds in (("wait", 1.5), ("run", 0.5)):
        assert read(f"dmps_job_{part}_seconds_count") == len(attempts)
        assert read(f"dmps_job_{part}_seconds_sum") == (seconds if attempts else 0)
    assert read("dmps_job_total_seconds_sum") == (2.0 if status == "completed" else 0)


def test_a_time_falls_into_the_bucket_that_ends_with_it(held: Job) -> None:
    read = counted(held, lambda job: lifecycle.complete(job, Raw(b"1"), NOW))
    assert [read("dmps_job_run_seconds_bucket", le=edge) for edge in ("0.25", "0.5", "1.0", "+Inf")] == [0, 1, 1, 1]


@pytest.mark.parametrize("facts", [{"own_children": 1}, {"attempts": "handed back"}])
def test_a_wait_that_was_not_for_a_worker_is_not_timed(new_job: MakeJob, facts: dict[str, Any]) -> None:
    job = new_job(now=NOW - 2_000, **{name: fact for name, fact in facts.items() if name == "own_children"})
    if "attempts" in facts:
        job = lifecycle.hand_back(lifecycle.claim(job, "w0", NOW - 1_000), NOW - 900)
        held = lifecycle.claim(job, "w1", NOW - 500)
    else:
        held = lifecycle.claim(lifecycle.release(job, NOW - 1_000), "w1", NOW - 500)
    read = counted(held, lambda job: lifecycle.complete(job, Raw(b"1"), NOW))
    assert (read("dmps_job_wait_seconds_count"), read("dmps_job_run_seconds_count")) == (0, 1)
