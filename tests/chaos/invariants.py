"""What must hold whatever breaks, as pure functions over records, runs and acknowledgements.

Each answers sentences, one for each time it does not hold.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from msgspec.json import decode

from shared.job import FINISHED, Attempt, Job, OnChildFailure, Outcome, Status
from shared.lifecycle import MAX_KEPT_ATTEMPTS, MAX_LOSSES, TRANSITIONS
from tests.chaos.ledger import Run

_NEXT = {status: {end for table in TRANSITIONS.values() for end in table.get(status, ())} for status in Status}
RAISED = frozenset({"exception", "rejected", "retry_later"})  # codes of attempts that ended by the processor's own word


@cache
def reachable(start: Status, writes: int) -> frozenset[Status]:
    """Where a job can stand after exactly so many writes."""
    if writes == 0:
        return frozenset({start})
    return frozenset(end for middle in reachable(start, writes - 1) for end in _NEXT[middle])


def moved(before: Job, after: Job) -> Iterator[str]:
    """Between two looks at a job, its fence and `rev` never fall, and its status moves along the table.

    Every verb writes `rev` + 1, so the number of steps between the two is known.
    """
    job, writes = before.id, after.rev - before.rev
    if after.fence < before.fence:
        yield f"{job}: the fence fell from {before.fence} to {after.fence}."
    if writes < 0:
        yield f"{job}: rev fell from {before.rev} to {after.rev}."
    elif writes == 0 and after != before:
        yield f"{job}: the record changed under rev {after.rev}."
    elif after.status not in reachable(before.status, min(writes, 50)):
        yield f"{job}: no {writes} steps of the table lead from {before.status} to {after.status}."


def unended(job_id: str, record: Job | None) -> Iterator[str]:
    """Every acknowledged job ends."""
    if record is None:
        yield f"{job_id}: acknowledged, but there is no record."
    elif record.status not in FINISHED:
        yield f"{job_id}: acknowledged, but still {record.status} at the end (rev {record.rev}, fence {record.fence})."


def ended(expected: Status, record: Job) -> Iterator[str]:
    """A job ends as its script says, unless it was lost with its worker three times: then it fails as `crashed`."""
    code = record.error.code if record.error else None
    if record.losses >= MAX_LOSSES:
        if (record.status, code) != (Status.FAILED, "crashed"):
            yield f"{record.id}: lost {record.losses} times, but {record.status} ({code})."
    elif record.status is not expected:
        yield f"{record.id}: {record.status} ({code}) in place of {expected}."


def accounted(record: Job, runs: Sequence[Run]) -> Iterator[str]:
    """The record and the ledger tell the same story."""
    attempts = {attempt.number: attempt for attempt in record.attempts}
    numbers = [attempt.number for attempt in record.attempts]
    if len(numbers) < MAX_KEPT_ATTEMPTS and numbers != list(range(1, len(numbers) + 1)):
        yield f"{record.id}: its attempts are numbered {numbers}."
    if record.fence < len(numbers):
        yield f"{record.id}: fence {record.fence} is less than its {len(numbers)} attempts."
    seen = [run.attempt for run in runs]
    for number in sorted({number for number in seen if seen.count(number) > 1}):
        yield f"{record.id}: attempt {number} ran {seen.count(number)} times."
    for number in sorted(set(seen) - attempts.keys()):
        yield f"{record.id}: attempt {number} ran, but the record does not know it."
    for number, attempt in attempts.items():
        yield from _told(record, attempt, [run for run in runs if run.attempt == number])
    yield from _counted(record)


def settled_once(record: Job) -> Iterator[str]:
    """At most one attempt completed a job: the last. The result is its own."""
    completed = [attempt.number for attempt in record.attempts if attempt.outcome is Outcome.COMPLETED]
    if len(completed) > 1:
        yield f"{record.id}: attempts {completed} have all settled it."
    if record.status is Status.COMPLETED:
        result = decode(record.result)
        of = result.get("attempt") if isinstance(result, dict) else None
        if not completed or completed[-1] != record.attempts[-1].number:
            yield f"{record.id}: completed, but not by its last attempt."
        elif of is not None and of != completed[-1]:
            yield f"{record.id}: attempt {completed[-1]} completed it, but the result is that of attempt {of}."


def _told(record: Job, attempt: Attempt, runs: Sequence[Run]) -> Iterator[str]:
    """How the record says that an attempt ended is how it ended."""
    words = {run.how for run in runs}
    story = f"by the record, but the ledger says {words or 'nothing'}."
    code = attempt.error.code if attempt.error else None
    if attempt.outcome is Outcome.COMPLETED and "returned" not in words:
        yield f"{record.id}: attempt {attempt.number} completed {story}"
    if attempt.outcome is Outcome.FAILED and code in RAISED and "raised" not in words:
        yield f"{record.id}: attempt {attempt.number} failed {story}"


def _counted(record: Job) -> Iterator[str]:
    """Only attempts that failed count against `maxAttempts`; deploys and crashes do not.

    Where a job has those retried that it waits for, that counts, too.
    """
    if record.child_count and record.on_child_failure is OnChildFailure.RETRY:
        return
    failed = sum(attempt.outcome is Outcome.FAILED for attempt in record.attempts)
    lost = sum(attempt.outcome is Outcome.LOST for attempt in record.attempts)
    if (record.failures, record.losses) != (failed, lost):
        yield (
            f"{record.id}: counts {record.failures} failures and {record.losses} losses, "
            f"but {failed} attempts failed and {lost} were lost."
        )
