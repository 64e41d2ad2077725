"""The judge of families is judged: each sentence is said where it is true."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.job import Job, JobError, OnChildFailure, Status
from tests.chaos.families import ended_after
from tests.chaos.faults.webhooks import gaps
from tests.chaos.ledger import Run

LOST = JobError("child_failed", "One of them did not complete.")
NewJob = Callable[..., Job]


def completed(job: Job, children: int = 0) -> Job:
    return lifecycle.complete(lifecycle.claim(job, "w", 1), Raw(b'{"children":%d}' % children), 2)


def failed(job: Job, error: JobError) -> Job:
    return lifecycle.reject(lifecycle.claim(job, "w", 1), 2, error)


def parent(new_job: NewJob, children: int, policy: OnChildFailure = OnChildFailure.FAIL) -> Job:
    return lifecycle.release(new_job(own_children=children, on_child_failure=policy), 1)


def run(job: Job, started: float, ended: float) -> list[Run]:
    return [Run(job.id, 1, 1, 1, started, ended, "returned")]


def test_a_parent_that_ended_as_its_children_demand_is_legal(new_job: NewJob) -> None:
    child, lost = completed(new_job()), failed(new_job(), LOST)
    top, other = completed(parent(new_job, 1), 1), failed(parent(new_job, 2), LOST)
    runs = {child.id: run(child, 1, 2), top.id: run(top, 2, 3)}
    assert list(ended_after(top, [child], runs)) == list(ended_after(other, [child, lost], runs)) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"status": Status.RETRYING}, "have not ended"),
        ({"status": Status.FAILED}, "though a child has not"),
        ({"status": Status.FAILED}, "but 0 have completed"),
    ],
)
def test_a_child_that_does_not_allow_its_parents_end_is_told(new_job: NewJob, facts: dict[str, Any], said: str) -> None:
    top, child = completed(parent(new_job, 1), 1), replace(completed(new_job()), **facts)
    assert said in " ".join(ended_after(top, [child], {}))


def test_a_parent_that_failed_for_no_child_is_told(new_job: NewJob) -> None:
    child = completed(new_job())
    assert "failed because of its children" in " ".join(ended_after(failed(parent(new_job, 1), LOST), [child], {}))


def test_a_parent_that_ran_too_early_is_told(new_job: NewJob) -> None:
    child, top = completed(new_job()), completed(parent(new_job, 1), 1)
    early = {child.id: run(child, 1, 2), top.id: run(top, 1.5, 3)}
    assert list(ended_after(top, [child], early)) == [f"{top.id}: ran before {child.id} had ended."]


def test_a_tick_that_is_lost_or_doubled_is_told() -> None:
    entries = [
        {"tick": f"2026-04-05T12:00:0{second}.000Z", "outcome": "submitted", "jobId": str(second)}
        for second in range(4)
    ]
    assert gaps(entries) == []
    assert len(gaps([*entries[:2], entries[3]])) == 1
    assert len(gaps([*entries, entries[3]])) == 2
    assert gaps([{**entries[0], "outcome": "skipped", "jobId": None}]) == ["2026-04-05T12:00:00.000Z was skipped."]
