"""The pure core: each verb against the table, and any sequence of verbs against what must always hold."""

from collections.abc import Callable

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.codec import decode_job, encode_job
from shared.errors import IllegalTransition
from shared.job import Job, JobError, Outcome, Status
from shared.lifecycle import MAX_KEPT_ATTEMPTS, TRANSITIONS

MakeJob = Callable[..., Job]
ERROR = JobError("exception", "It broke.", "ValueError")
NOW = 1_700_000_000_000

VERBS: dict[str, Callable[[Job], Job]] = {
    "claim": lambda job: lifecycle.claim(job, "w", NOW),
    "recover": lambda job: lifecycle.recover(job, job, NOW),
    "complete": lambda job: lifecycle.complete(job, Raw(b"1"), NOW),
    "fail": lambda job: lifecycle.fail(job, ERROR, NOW, 1.0),
    "reject": lambda job: lifecycle.reject(job, NOW, ERROR),
    "snooze": lambda job: lifecycle.snooze(job, NOW, 1.0),
    "hand back": lambda job: lifecycle.hand_back(job, NOW),
    "wait": lambda job: lifecycle.wait(job, NOW),
    "release": lambda job: lifecycle.release(job, NOW),
    "give up": lambda job: lifecycle.give_up(job, NOW, ERROR),
    "cancel": lambda job: lifecycle.cancel(job, NOW),
    "retry": lambda job: lifecycle.retry(job, NOW),
    "amend": lambda job: lifecycle.amend(job, NOW, {"tags": ("amended",)}),
}


def test_every_verb_of_the_table_is_tested_here() -> None:
    assert VERBS.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_is_allowed_in_exactly_the_statuses_of_the_table(new_job: MakeJob, verb: str, status: Status) -> None:
    job = replace(new_job(now=NOW), status=status)
    if status not in TRANSITIONS[verb]:
        with pytest.raises(IllegalTransition, match=f"Cannot {verb} job {job.id}: it is {status}"):
            VERBS[verb](job)
        return
    changed = VERBS[verb](job)
    assert changed.status in TRANSITIONS[verb][status]
    assert changed.rev == job.rev + 1
    assert (changed.fence > job.fence) == (verb == "claim")


def test_a_job_that_is_due_later_is_scheduled_and_one_that_was_due_earlier_is_due_now(new_job: MakeJob) -> None:
    later, earlier = new_job(now=NOW, run_at=NOW + 1), new_job(now=NOW, run_at=NOW - 1)
    assert (later.status, later.run_at) == (Status.SCHEDULED, NOW + 1)
    assert (earlier.status, earlier.run_at) == (Status.PENDING, NOW)


def test_a_job_fails_after_as_many_failures_as_it_has_attempts(new_job: MakeJob) -> None:
    job = new_job(now=NOW, max_attempts=2)
    job = lifecycle.fail(lifecycle.claim(job, "w", NOW), ERROR, NOW + 10, 1.5)
    assert (job.status, job.run_at) == (Status.RETRYING, NOW + 1510)
    job = lifecycle.fail(lifecycle.claim(job, "w", NOW), ERROR, NOW + 20, 1.5)
    assert (job.status, job.error, job.completed_at) == (Status.FAILED, ERROR, NOW + 20)


def test_deploys_and_lost_workers_use_up_no_attempt(new_job: MakeJob) -> None:
    job = new_job(now=NOW, max_attempts=1)
    for _ in range(10):
        job = lifecycle.hand_back(lifecycle.claim(job, "w", NOW), NOW)
    lapsed = lifecycle.claim(job, "w", NOW)
    job = lifecycle.recover(lifecycle.claim(lapsed, "v", NOW), lapsed, NOW)
    done = lifecycle.complete(job, Raw(b"1"), NOW)
    assert [attempt.outcome for attempt in done.attempts] == [Outcome.INTERRUPTED] * 10 + [
        Outcome.LOST,
        Outcome.COMPLETED,
    ]
    assert done.failures == 0


def test_a_lost_attempt_is_recorded_under_the_worker_that_was_lost(new_job: MakeJob) -> None:
    lapsed = lifecycle.claim(new_job(now=NOW), "lost", NOW + 1)
    recovered = lifecycle.recover(lifecycle.claim(lapsed, "next", NOW + 9), lapsed, NOW + 9)
    (attempt,) = recovered.attempts
    assert (attempt.worker, attempt.started_at, attempt.ended_at) == ("lost", NOW + 1, NOW + 9)
    assert (recovered.worker, recovered.claimed_at, recovered.status) == ("next", NOW + 9, Status.PROCESSING)


def test_a_job_goes_back_to_its_old_place(new_job: MakeJob) -> None:
    job = new_job(now=NOW)
    assert lifecycle.hand_back(lifecycle.claim(job, "w", NOW + 5_000), NOW + 6_000).run_at == job.run_at


@pytest.mark.parametrize(
    ("end", "seconds"),
    [
        (lambda job: lifecycle.complete(job, Raw(b"1"), NOW), 86_400),
        (lambda job: lifecycle.reject(job, NOW, ERROR), 604_800),
    ],
    ids=["completed", "failed"],
)
def test_a_finished_job_is_kept_for_its_time(new_job: MakeJob, end: Callable[[Job], Job], seconds: int) -> None:
    assert end(lifecycle.claim(new_job(now=NOW), "w", NOW)).expires_at == NOW + seconds * 1000
    assert end(lifecycle.claim(new_job(now=NOW, keep_for=2.5), "w", NOW)).expires_at == NOW + 2500


def test_only_the_newest_attempts_are_kept_and_their_numbers_go_on(new_job: MakeJob) -> None:
    job = new_job(now=NOW, max_attempts=10**6)
    for _ in range(MAX_KEPT_ATTEMPTS + 5):
        job = lifecycle.fail(lifecycle.claim(job, "w", NOW), ERROR, NOW, 0)
    assert [attempt.number for attempt in job.attempts] == list(range(6, MAX_KEPT_ATTEMPTS + 6))
    assert job.failures == MAX_KEPT_ATTEMPTS + 5


def test_a_retried_job_has_all_its_attempts_again(new_job: MakeJob) -> None:
    failed = lifecycle.fail(lifecycle.claim(new_job(now=NOW, max_attempts=1), "w", NOW), ERROR, NOW, 0)
    again = lifecycle.retry(failed, NOW + 50)
    assert (again.status, again.run_at, again.failures, again.error, again.expires_at) == (
        Status.PENDING,
        NOW + 50,
        0,
        None,
        None,
    )
    assert again.attempts == failed.attempts


def test_the_record_begins_with_its_head_in_the_order_that_the_scripts_read(new_job: MakeJob) -> None:
    record = encode_job(new_job(now=NOW, tags=["a", "b"]))
    assert record.startswith(
        b'{"rev":1,"fence":0,"status":"pending","type":"calculation","tenant":"default","queue":"default","priority":"normal",'
        b'"claimedAt":0,"worker":"","losses":0,"tags":["a","b"],"id":"'
    )


def test_a_record_survives_writing_and_reading(new_job: MakeJob) -> None:
    job = lifecycle.fail(lifecycle.claim(new_job(now=NOW, metadata=Raw(b'{"a":1.10}')), "w", NOW), ERROR, NOW, 1)
    assert decode_job(encode_job(job)) == job


def test_a_job_that_waits_for_others_is_blocked_and_released_to_wait_for_its_time(new_job: MakeJob) -> None:
    due, later = new_job(now=NOW, depends_on=("a",)), new_job(now=NOW, own_children=2, run_at=NOW + 1)
    assert (due.status, due.child_count) == (later.status, later.child_count - 1) == (Status.BLOCKED, 1)
    assert lifecycle.release(due, NOW).status is Status.PENDING
    assert lifecycle.release(later, NOW).status is Status.SCHEDULED
    assert lifecycle.release(later, NOW + 1).status is Status.PENDING


def test_a_job_that_added_children_has_an_attempt_behind_it_that_is_no_failure(new_job: MakeJob) -> None:
    job = lifecycle.wait(lifecycle.claim(new_job(now=NOW), "w", NOW), NOW + 5, added=3)
    assert (job.status, job.child_count, job.waits, job.failures, job.worker) == (Status.BLOCKED, 3, 1, 0, "")
    assert [attempt.outcome for attempt in job.attempts] == [Outcome.WAITED]


def test_waiting_again_for_children_that_failed_is_a_failure_without_an_attempt(new_job: MakeJob) -> None:
    job = lifecycle.claim(lifecycle.release(new_job(now=NOW, depends_on=("a",)), NOW), "w", NOW)
    again = lifecycle.wait(job, NOW, is_failure=True)
    assert (again.status, again.failures, again.attempts, again.child_count) == (Status.BLOCKED, 1, (), 1)


def test_a_failed_job_with_children_waits_for_them_when_it_is_retried(new_job: MakeJob) -> None:
    job = lifecycle.release(new_job(now=NOW, depends_on=("a",)), NOW)
    failed = lifecycle.give_up(job, NOW, ERROR)
    assert lifecycle.retry(failed, NOW).status is Status.BLOCKED


@pytest.mark.parametrize("added", [1, 0], ids=["new children", "those it had"])
def test_a_job_whose_time_is_over_waits_for_no_children(new_job: MakeJob, added: int) -> None:
    claimed = lifecycle.claim(new_job(now=NOW, deadline=1.0), "w", NOW)
    late = lifecycle.wait(claimed, NOW + 1000, added=added)
    assert (late.status, late.error and late.error.code) == (Status.FAILED, "deadline")
