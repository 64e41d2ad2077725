"""One attempt of one job: perform it, judge how it ended, answer what to do with the job. Nothing is stored here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from msgspec import Raw, Struct
from msgspec.structs import replace

from shared import lifecycle
from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.job import NOTHING, Job, ResultFile
from shared.queue import Retry
from worker_service import work
from worker_service.failures import Added, AttemptFailed, Failure, failure_of, timed_out
from worker_service.processors import JobContext, Processor
from worker_service.work import NO_CHILDREN, Outcomes

T = TypeVar("T")

LARGEST_IN_RECORD = 256 * 1024  # bytes of a result
RESULT_TYPE = "application/json"
SAVED_WITHIN = 60.0  # seconds

Ending = Callable[[Job, int], Job]  # the verb that settles the job, at a time
Perform = Callable[["Attempt"], Awaitable[bytes]]


class Family(Protocol):
    """Looks after the children of jobs."""

    async def look(self, job: Job) -> Outcomes | Ending:
        """What they came to; or how the job goes on without running now."""

    async def add(self, job: Job, added: Sequence[Added]) -> Ending:
        """More of them, for which it waits. Raises `AttemptFailed`."""


class Attempt(Struct, frozen=True):
    """A claimed job, its processor, the context that it sees, what its children came to, and its last checkpoint."""

    job: Job
    processor: Processor
    context: JobContext
    outcomes: Outcomes = NO_CHILDREN
    state: Raw = NOTHING


async def run(attempt: Attempt, perform: Perform, jitter: Callable[[], float], family: Family) -> Ending:
    """Run the attempt and answer how its job goes on. Only a cancellation by the worker itself is raised."""
    try:
        found = await family.look(attempt.job) if attempt.job.child_count else attempt.outcomes
        if not isinstance(found, Outcomes):
            return found
        return await settled(attempt, await perform(replace(attempt, outcomes=found)))
    except BaseException as error:  # SystemExit too must cost this job alone
        if was_cancelled():  # by the worker; whatever the processor made of that is not its failure
            raise asyncio.CancelledError from error
        failure = failure_of(error, attempt.processor.job_type.retry_on)
        if failure.added:
            return await waiting(attempt, failure, family)
        return judged(attempt.job, attempt.processor, failure, jitter)


async def waiting(attempt: Attempt, failure: Failure, family: Family) -> Ending:
    """The processor asks for more children first. One that cannot be is its mistake, which no other attempt mends."""
    try:
        return await family.add(attempt.job, failure.added)
    except AttemptFailed as error:
        return partial(lifecycle.reject, error=error.failure.error)


async def perform_on_loop(attempt: Attempt) -> bytes:
    """An `async def` processor. Answers the result as JSON. Whoever holds the attempt looks after its timeout."""
    payload = work.load(attempt.processor, attempt.job.payload)
    return work.dump(await attempt.processor(work.told(attempt.context, attempt.outcomes, attempt.state), payload))


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Wait for the work. Raises `AttemptFailed` once the time is over, not for a `TimeoutError` of the work's own."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError as error:
        if limit.expired():
            raise AttemptFailed(timed_out(seconds)) from error
        raise


async def settled(attempt: Attempt, result: bytes) -> Ending:
    """The job is done. A large result becomes a file; if that cannot be written, the attempt has failed."""
    if len(result) <= LARGEST_IN_RECORD:
        return completed(result)
    try:
        async with asyncio.timeout(SAVED_WITHIN):
            stored = await attempt.context.files.save_async(result, RESULT_TYPE)
    except TimeoutError as error:
        raise StoreUnavailable(f"The result could not be saved within {SAVED_WITHIN:g} s.") from error
    return Saved(attempt.context.files, ResultFile(stored.file_id, stored.bytes))


def completed(result: bytes) -> Ending:
    """The job is done."""
    return lambda job, now: lifecycle.complete(job, Raw(result), now)


@dataclass(frozen=True)
class Saved:
    """The job is done, and its result is in a file."""

    files: FileStore
    file: ResultFile

    def __call__(self, job: Job, now: int) -> Job:
        """The ending itself."""
        return lifecycle.complete(job, NOTHING, now, self.file)

    def is_told_by(self, record: Job | None) -> bool:
        """Whether the record that stands now names the file."""
        return record is not None and record.result_file == self.file

    def drop(self) -> None:
        """A result that nobody asked for goes. Waits for the disk."""
        with suppress(StoreUnavailable):
            self.files.remove(self.file.file_id)


def judged(job: Job, processor: Processor, failure: Failure, jitter: Callable[[], float]) -> Ending:
    """A failure is final, or the job runs again after a delay."""
    if failure.final:
        return lambda job, now: lifecycle.reject(job, now, failure.error)
    delay = _delay(job, processor, failure, jitter)
    if failure.snoozed:
        return lambda job, now: lifecycle.snooze(job, now, delay)
    return retried(Retry(defer=delay), failure)


def _delay(job: Job, processor: Processor, failure: Failure, jitter: Callable[[], float]) -> float:
    """Seconds, as the processor asks, or the policy of the error's class, of the job, or of its type."""
    if failure.after is not None:
        return failure.after
    if failure.policy is not None:
        return failure.policy.seconds(job.failures + 1, jitter())
    return lifecycle.next_delay(job, processor.job_type.retry, jitter())


def retried(retry: Retry, failure: Failure) -> Ending:
    """The job runs again when arq's `Retry` says, unless this was its last attempt."""
    delay = (retry.defer_score or 0) / 1000
    return lambda job, now: lifecycle.fail(job, failure.error, now, delay)
