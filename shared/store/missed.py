"""What becomes of jobs for which it may be too late. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared import lifecycle
from shared.job import FINISHED, QUEUED, Job, Status
from shared.store.views import Change

WAITING = QUEUED | {Status.BLOCKED}
AGAIN = 60_000  # ms until the next look at a job that runs: whoever runs it stops it


@dataclass(frozen=True)
class Verdict:
    """Those to be given up; when to look again at others; and those that are of no concern any more."""

    changes: list[Change] = field(default_factory=list)
    later: dict[bytes, int] = field(default_factory=dict)
    settled: list[bytes] = field(default_factory=list)


def judge(jobs: Mapping[bytes, Job | None], now: int) -> Verdict:
    """Of jobs by id, as their records stand; None for one whose record is gone."""
    verdict = Verdict()
    for id, job in jobs.items():
        if job is None or job.status in FINISHED:
            verdict.settled.append(id)
            continue
        error = lifecycle.missed(job, now)
        if error is not None and job.status in WAITING:
            verdict.changes.append(Change(job, lifecycle.give_up(job, now, error)))
        elif error is not None:
            verdict.later[id] = now + AGAIN
        elif (time := _too_late(job)) is not None:
            verdict.later[id] = time
        else:
            verdict.settled.append(id)
    return verdict


def _too_late(job: Job) -> int | None:
    """When (ms) to look at it again, though it was thought to be too late by now: it may have been amended."""
    start = job.start_by + 1 if job.start_by is not None and not job.attempts else None
    return min((time for time in (start, job.deadline_at) if time is not None), default=None)


def written(changes: Iterable[Change], answers: Iterable[Job | None]) -> list[str]:
    """The ids of those changes that nobody came before."""
    return [change.job.id for change, answer in zip(changes, answers, strict=True) if answer is change.job]
