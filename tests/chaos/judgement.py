"""Judges a trial: acknowledgements, ledger and records against each other, and what is left in the store."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from shared.job import DEFAULT_TENANT, FINISHED, Job, Status
from shared.job import Outcome as Ended
from shared.lifecycle import MAX_LOSSES
from shared.queue import queue_key
from shared.store import JobFilter, keys
from tests.chaos import invariants
from tests.chaos.ledger import Run
from tests.chaos.load import Answers
from tests.chaos.outcome import Outcome, worst
from tests.chaos.system import System
from tests.chaos.watch import Watch
from tests.waiting import until

TIDY = 15.0  # seconds in which what nobody was told of has ended, too
HONEST = 503  # the only refusal that a fault may cause


@dataclass(frozen=True)
class Evidence:
    """What callers were told, how the records moved, and what ran."""

    answers: Answers
    watch: Watch
    runs: Mapping[str, Sequence[Run]]  # by job


async def judge(system: System, evidence: Evidence, outcome: Outcome, *, tidy: bool) -> None:
    """Write figures and broken invariants into the outcome. `tidy`: nothing else may be left in the queue."""
    answers, watch, runs = evidence.answers, evidence.watch, evidence.runs
    await watch.look(watch.unfinished())
    changed = await watch.confirm()
    gone = [job_id for job_id in answers.acknowledged if job_id not in watch.jobs]
    unended = [text for job_id in answers.acknowledged for text in invariants.unended(job_id, watch.jobs.get(job_id))]
    broken = [text for job in watch.jobs.values() for text in _about(job, runs.get(job.id, []), answers)]
    left = await _left_over(system) if tidy and not unended else []
    outcome.broken += worst([*unended, *broken, *watch.violations, *_dishonest(answers), *left])
    twice = changed + sum(1 for job in watch.jobs.values() if list(invariants.settled_once(job)))
    ends = {"lost": len(gone), "not ended": len(unended) - len(gone), "settled twice": twice}
    outcome.figures |= {**_figures(evidence), **ends}


def _about(job: Job, runs: Sequence[Run], answers: Answers) -> Iterator[str]:
    if job.status in FINISHED:
        if job.status is not Status.CANCELLED or job.id not in answers.cancelled:
            yield from invariants.ended(answers.expected[job.id], job)
        yield from invariants.accounted(job, runs)
        yield from invariants.settled_once(job)


def _figures(evidence: Evidence) -> dict[str, int]:
    """Counts. What ran twice or at the same time is allowed (at least once); that it is settled twice is not."""
    answers, jobs, runs = evidence.answers, evidence.watch.jobs.values(), evidence.runs
    outcomes = Counter(attempt.outcome for job in jobs for attempt in job.attempts)
    return {
        "acknowledged": len(answers.acknowledged),
        "refused": len(answers.refused),
        "requests cut": answers.cut,
        "runs": sum(map(len, runs.values())),
        "attempts lost": outcomes[Ended.LOST],
        "attempts handed back": outcomes[Ended.INTERRUPTED],
        "failed as crashed": sum(job.losses >= MAX_LOSSES for job in jobs),
        "done twice": sum(sum(run.how == "returned" for run in own) > 1 for own in runs.values()),
        "runs that overlapped": sum(_overlaps(own) for own in runs.values()),
        "ran, though not acknowledged": sum(job_id not in answers.acknowledged for job_id in runs),
    }


def _overlaps(runs: Sequence[Run]) -> int:
    return sum(first.ended is not None and second.started < first.ended for first, second in pairwise(runs))


def _dishonest(answers: Answers) -> Iterator[str]:
    """While the store is away, callers hear 503 and when to come back."""
    others = [refusal for refusal in answers.refused if refusal.status != HONEST or not refusal.retry_after]
    if others:
        seen = sorted({(refusal.status, refusal.retry_after) for refusal in others})
        yield f"{len(others)} answers were neither 202 nor 503 with Retry-After: {seen}."


async def _left_over(system: System) -> list[str]:
    """When all has ended, no id is left in queue, leases or the lists of what is not finished."""

    async def look() -> bool:
        return not await _remains(system)

    with suppress(AssertionError):
        await until(look, "an empty queue", TIDY)
    return await _remains(system)


async def _remains(system: System) -> list[str]:
    sizes = {key: await system.redis.zcard(key) for key in (queue_key("default"), keys.LEASES)}
    left = [f"{ids} ids are left in {key}." for key, ids in sizes.items() if ids]
    unfinished = JobFilter(statuses=tuple(status for status in Status if status not in FINISHED))
    listed = (await system.reader.page(DEFAULT_TENANT, unfinished)).jobs
    return [*left, *(f"{view.job.id}: listed as unfinished ({view.job.status})." for view in listed)]
