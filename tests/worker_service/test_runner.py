"""One attempt, step by step, without a worker and without a store."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from arq import Retry
from marshmallow import Schema, fields
from msgspec import Raw

from shared import lifecycle
from shared.errors import FileNotFound
from shared.files import FileStore
from shared.job import NOTHING, Job, Status
from shared.job_types import JobType
from shared.retry import RetryPolicy
from worker_service import runner
from worker_service.failures import Added
from worker_service.processors import JobContext, Reject, RetryLater, Snooze, processes
from worker_service.work import Outcomes

NOW = 1_700_000_000_000


class Numbers(Schema):
    numbers = fields.List(fields.Integer(), required=True)


SLOW = RetryPolicy(delay=100.0, max=100.0)
QUICK = RetryPolicy(kind="fixed", delay=3.0, jitter=False)
JOB_TYPE = JobType("calculation", payload=Numbers, retry=SLOW, retry_on={LookupError: QUICK, KeyError: None})


class Childless:
    async def look(self, job: Job) -> Outcomes:
        raise AssertionError(f"{job.id} has no children")

    async def add(self, job: Job, added: Sequence[Added]) -> runner.Ending:
        raise AssertionError(f"{job.id} adds {added}")


NOBODY = Childless()


@pytest.fixture
def attempt(new_job: Callable[..., Job], tmp_path: Path) -> Callable[..., runner.Attempt]:
    def make(function: Callable[..., Any], payload: bytes = b'{"numbers":[1]}', **facts: Any) -> runner.Attempt:
        facts.setdefault("timeout", 5.0)
        job = lifecycle.claim(new_job(now=NOW, payload=Raw(payload), **facts), "w", NOW)
        context = JobContext(id=job.id, type=job.type, attempt=1, files=FileStore(tmp_path.as_uri()))
        return runner.Attempt(job, processes(JOB_TYPE)(function), context)

    return make


async def ended(attempt: runner.Attempt) -> Any:
    ending = await runner.run(attempt, runner.perform_on_loop, lambda: 0.5, NOBODY)
    return ending(attempt.job, NOW)


async def test_a_result_completes_the_job(attempt: Any) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        return {"sum": sum(payload["numbers"])}

    done = await ended(attempt(work))
    assert (done.status, bytes(done.result)) == (Status.COMPLETED, b'{"sum":1}')


@pytest.mark.parametrize(
    ("error", "code", "delay"),
    [
        (RuntimeError("broken"), "exception", 50_000),
        (TimeoutError("not ours"), "exception", 50_000),
        (SystemExit(3), "exception", 50_000),
        (asyncio.CancelledError(), "exception", 50_000),
        (RetryLater(after=7), "retry_later", 7_000),
        (RetryLater(), "retry_later", 50_000),
        (RetryLater.from_header("11"), "retry_later", 11_000),
        (RetryLater.from_header("soon"), "retry_later", 50_000),
        (IndexError("by class"), "exception", 3_000),
        (Retry(defer=9), "retry_later", 9_000),
        (Retry(defer=10**12), "retry_later", 31_536_000_000),
    ],
    ids=repr,
)
async def test_an_error_is_retried_after_its_delay(attempt: Any, error: BaseException, code: str, delay: int) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        raise error

    failed = await ended(attempt(work))
    assert (failed.status, failed.run_at) == (Status.RETRYING, NOW + delay)
    assert failed.attempts[0].error.code == code


async def test_an_error_of_a_class_that_the_type_gives_up_is_final(attempt: Any) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        raise KeyError("numbers")

    failed = await ended(attempt(work))
    assert (failed.status, failed.error.code, failed.error.type) == (Status.FAILED, "exception", "KeyError")


async def test_a_snooze_is_no_failure_and_no_result(attempt: Any) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        raise Snooze(after=60)

    snoozed = await ended(attempt(work))
    assert (snoozed.status, snoozed.run_at, snoozed.failures) == (Status.SCHEDULED, NOW + 60_000, 0)


@pytest.mark.parametrize("after", [-1, float("nan"), float("inf"), 10**12])
def test_a_processor_cannot_snooze_for_a_time_that_makes_no_sense(after: float) -> None:
    with pytest.raises(ValueError, match="Snooze takes 0 to"):
        Snooze(after=after)


async def test_a_rejection_is_final(attempt: Any) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        raise Reject("It makes no sense.")

    failed = await ended(attempt(work))
    assert (failed.status, failed.error.code, failed.error.message) == (
        Status.FAILED,
        "rejected",
        "It makes no sense.",
    )


async def test_a_payload_that_does_not_fit_is_refused_before_the_work(attempt: Any) -> None:
    async def work(job: JobContext, payload: Any) -> Any:
        raise AssertionError

    failed = await ended(attempt(work, payload=b'{"numbers":["x"]}'))
    assert (failed.status, failed.error.code) == (Status.FAILED, "invalid_payload")


async def test_what_a_processor_makes_of_the_workers_cancellation_is_not_its_failure(attempt: Any) -> None:
    began = asyncio.Event()

    async def work(job: JobContext, payload: Any) -> Any:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("cleaning up went wrong") from None

    task = asyncio.create_task(ended(attempt(work)))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("after", [-1, float("nan"), float("inf"), 10**12])
def test_a_processor_cannot_ask_for_a_delay_that_makes_no_sense(after: float) -> None:
    with pytest.raises(ValueError, match="RetryLater takes 0 to"):
        RetryLater(after=after)


@pytest.mark.parametrize(("base", "cap"), [(-1, 5), (1, float("inf")), (float("nan"), 1), (5, 1)])
def test_a_policy_that_would_wait_for_ever_is_refused(base: float, cap: float) -> None:
    with pytest.raises(ValueError, match="A retry policy needs"):
        RetryPolicy(delay=base, max=cap)


async def test_a_large_result_that_the_record_does_not_name_is_dropped(attempt: Callable[..., runner.Attempt]) -> None:
    async def large(*_: Any) -> str:
        return "x" * runner.LARGEST_IN_RECORD

    of = attempt(large)
    ending = await runner.run(of, runner.perform_on_loop, lambda: 1.0, NOBODY)
    assert isinstance(ending, runner.Saved)
    done = ending(of.job, NOW)
    assert (done.result, done.result_file) == (NOTHING, ending.file)
    assert ending.is_told_by(done)
    cancelled = ending(lifecycle.cancel(of.job, NOW), NOW)  # while it ran
    assert (cancelled.status, ending.is_told_by(cancelled), ending.is_told_by(None)) == (Status.CANCELLED, False, False)
    ending.drop()
    with pytest.raises(FileNotFound):
        of.context.files.info(ending.file.file_id)
