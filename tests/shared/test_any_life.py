"""One job through any sequence of verbs that its status allows, with children or without.

Whole families go through theirs in `tests/worker_service/families`, on the real store.
"""

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Raw

from shared import lifecycle
from shared.codec import decode_job, encode_job
from shared.errors import IllegalTransition
from shared.job import FINISHED, NOBODY, Job, JobError, Status
from shared.lifecycle import MAX_KEPT_ATTEMPTS, MAX_LOSSES, TRANSITIONS
from shared.retry import RetryPolicy

NOW = 1_700_000_000_000
ERROR = JobError("exception", "It broke.")


class AnyLife(RuleBasedStateMachine):
    """One job through any sequence of verbs that its status allows."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.claims = self.losses_since_retry = self.failures_since_retry = 0
        self.runs_ended = self.children = 0
        self.submit(0)

    @initialize(children=st.integers(0, 2))
    def submit(self, children: int) -> None:
        self.children = children
        self.job = lifecycle.submit(
            id="0",
            type="t",
            payload=Raw(b"{}"),
            now=NOW,
            tenant="default",
            max_attempts=2,
            timeout=1.0,
            max_elapsed=10**6,
            expires_in=10**5,
            deadline=10**7,
            own_children=children,
        )
        assert (self.job.status is Status.BLOCKED) == (children > 0)

    def allowed(self, verb: str) -> bool:
        return self.job.status in TRANSITIONS[verb]

    def apply(self, verb: str, change: Callable[[Job], Job]) -> None:
        before, self.job = self.job, change(self.job)
        assert self.job.status in TRANSITIONS[verb][before.status]
        assert self.job.rev == before.rev + 1

    @rule(ms=st.integers(0, 10**9))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @precondition(lambda self: self.job.status in TRANSITIONS["claim"] and self.job.status is not Status.PROCESSING)
    @rule(worker=st.sampled_from("ab"))
    def claim(self, worker: str) -> None:
        self.apply("claim", lambda job: lifecycle.claim(job, worker, self.now))
        self.claims += 1

    @precondition(operator.methodcaller("allowed", "recover"))
    @rule(worker=st.sampled_from("ab"))
    def lapse(self, worker: str) -> None:
        lapsed = self.job
        self.apply("claim", lambda job: lifecycle.claim(job, worker, self.now))
        self.apply("recover", lambda job: lifecycle.recover(job, lapsed, self.now))
        self.claims += 1
        self.losses_since_retry += 1
        self.runs_ended += 1

    @precondition(operator.methodcaller("allowed", "fail"))
    @rule(jitter=st.floats(0, 1, exclude_max=True))
    def fail(self, jitter: float) -> None:
        delay = lifecycle.next_delay(self.job, RetryPolicy(), jitter)
        deadline = self.job.deadline_at
        self.apply("fail", lambda job: lifecycle.fail(job, ERROR, self.now, delay))
        self.failures_since_retry += 1
        self.runs_ended += 1
        if self.job.status is Status.RETRYING:
            assert self.now <= self.job.run_at <= self.now + 300_000
            assert deadline is None or self.job.run_at < deadline

    @precondition(operator.methodcaller("allowed", "complete"))
    @rule(verb=st.sampled_from(["complete", "reject", "snooze", "hand back"]))
    def end(self, verb: str) -> None:
        ends: dict[str, Callable[[Job], Job]] = {
            "complete": lambda job: lifecycle.complete(job, Raw(b"1"), self.now),
            "reject": lambda job: lifecycle.reject(job, self.now, ERROR),
            "snooze": lambda job: lifecycle.snooze(job, self.now, 1.0),
            "hand back": lambda job: lifecycle.hand_back(job, self.now),
        }
        was_cancelled = self.job.cancel_requested_at is not None
        self.apply(verb, ends[verb])
        assert (self.job.status is Status.CANCELLED) == was_cancelled
        self.runs_ended += 1
        self.failures_since_retry += verb == "reject"

    @precondition(operator.methodcaller("allowed", "wait"))
    @rule(added=st.integers(0, 2))
    def wait(self, added: int) -> None:
        """For children that it adds; or, once more, for those that it has, since some have failed and are retried."""
        before = self.job
        is_failure = not added and before.child_count > 0 and before.failures + 1 < before.max_attempts
        self.apply("wait", lambda job: lifecycle.wait(job, self.now, added=added, is_failure=is_failure))
        self.runs_ended += added > 0
        waits = self.job.status is Status.BLOCKED
        is_late = before.deadline_at is not None and before.deadline_at <= self.now
        assert waits == (before.cancel_requested_at is None and not is_late)
        self.children += added if waits else 0
        self.failures_since_retry += waits and is_failure

    @precondition(operator.methodcaller("allowed", "release"))
    @rule()
    def release(self) -> None:
        """All of them have ended."""
        self.apply("release", lambda job: lifecycle.release(job, self.now))
        assert (self.job.status is Status.PENDING) == (self.job.run_at <= self.now)

    @precondition(operator.methodcaller("allowed", "cancel"))
    @rule()
    def cancel(self) -> None:
        if self.job.cancel_requested_at is None:
            self.apply("cancel", lambda job: lifecycle.cancel(job, self.now))
        assert self.job.status is Status.CANCELLED or lifecycle.cancel(self.job, self.now) is self.job

    @precondition(lambda self: self.allowed("give up") and lifecycle.missed(self.job, self.now) is not None)
    @rule()
    def give_up(self) -> None:
        error = lifecycle.missed(self.job, self.now)
        assert error is not None
        assert error.code == "deadline" or not self.job.attempts
        self.apply("give up", lambda job: lifecycle.give_up(job, self.now, error))

    @precondition(operator.methodcaller("allowed", "retry"))
    @rule()
    def retry(self) -> None:
        self.apply("retry", lambda job: lifecycle.retry(job, self.now))
        assert (self.job.status is Status.BLOCKED) == (self.children > 0)
        self.losses_since_retry = self.failures_since_retry = 0

    @precondition(operator.methodcaller("allowed", "amend"))
    @rule(tag=st.text("ab", max_size=2), after=st.integers(-(10**6), 10**6), place=st.booleans())
    def amend(self, tag: str, after: int, *, place: bool) -> None:
        before, run_at = self.job, self.now + after
        if place and before.status is Status.PROCESSING:
            with pytest.raises(IllegalTransition):
                lifecycle.amend(before, self.now, {"run_at": run_at})
            return
        amendment: lifecycle.Amendment = {"tags": (tag,), "metadata": Raw(b"%d" % self.now)}
        if place:
            amendment["run_at"] = run_at
        if lifecycle.amend(before, self.now, amendment) is not before:
            self.apply("amend", lambda job: lifecycle.amend(job, self.now, amendment))
        assert self.job.run_at == (max(run_at, self.now) if place else before.run_at)
        assert (self.job.tags, self.job.attempts, self.job.failures) == ((tag,), before.attempts, before.failures)

    @invariant()
    def the_fence_counts_claims(self) -> None:
        assert self.job.fence == self.claims

    @invariant()
    def every_run_is_recorded(self) -> None:
        numbers = [attempt.number for attempt in self.job.attempts]
        assert numbers == list(range(max(1, self.runs_ended - MAX_KEPT_ATTEMPTS + 1), self.runs_ended + 1))

    @invariant()
    def it_knows_how_many_children_it_has(self) -> None:
        assert self.job.child_count == self.children

    @invariant()
    def it_never_runs_more_often_than_allowed(self) -> None:
        assert self.job.failures == self.failures_since_retry <= self.job.max_attempts
        assert self.job.losses == self.losses_since_retry <= MAX_LOSSES

    @invariant()
    def only_a_running_job_is_held_and_only_a_finished_one_expires(self) -> None:
        running = self.job.status is Status.PROCESSING
        assert (self.job.worker != NOBODY) == (self.job.claimed_at > 0) == running
        assert (self.job.expires_at is not None) == (self.job.status in FINISHED)
        assert running or self.job.cancel_requested_at is None

    @invariant()
    def the_record_survives_writing_and_reading(self) -> None:
        assert decode_job(encode_job(self.job)) == self.job


AnyLife.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnyLife: Any = AnyLife.TestCase
