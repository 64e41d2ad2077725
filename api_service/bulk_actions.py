"""What a bulk action does with some jobs. To do it again with the same ones changes nothing, and counts the same."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType

from msgspec.structs import replace

from api_service.callbacks import Callbacks
from api_service.problems import Problem
from api_service.removing import remove_all
from api_service.replaying import submission
from api_service.submissions import new_job
from shared import lifecycle
from shared.errors import IllegalTransition
from shared.files import FileStore
from shared.ids import RANDOM_BITS, SEQUENCE_BITS, uuid7
from shared.job import FINISHED, QUEUED, Job, Status
from shared.job_types import JobType
from shared.store import Change, Store, control, families
from shared.store.bulks import Action, Bulk
from shared.store.connection import script
from shared.store.removal import Removal

ACTABLE: Mapping[Action, frozenset[Status]] = {
    Action.CANCEL: QUEUED | {Status.BLOCKED, Status.PROCESSING},
    Action.RETRY: frozenset({Status.FAILED}),
    Action.REPLAY: FINISHED,
    Action.DELETE: FINISHED,
}
_A_TURN = 20  # jobs that are made between two turns of the event loop


@dataclass(frozen=True)
class Tally:
    """With how many jobs it was done, failed, or was of no use any more."""

    done: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Means:
    """What it takes to act."""

    store: Store
    files: FileStore
    job_types: Mapping[str, JobType]
    callbacks: Callbacks


async def act(means: Means, bulk: Bulk, jobs: Sequence[Job], *, again: bool) -> Tally:
    """Do it with these jobs; `again`: whoever did before may have got far with them, or even through."""
    match bulk.action:
        case Action.CANCEL:
            return await cancel_all(means.store, jobs)
        case Action.RETRY:
            return await retry_all(means.store, jobs, dict(zip(bulk.in_hand, bulk.revs, strict=False)) if again else {})
        case Action.REPLAY:
            return await _replay(means, bulk, jobs)
        case Action.DELETE:
            return await _delete(means, jobs)


async def cancel_all(store: Store, jobs: Sequence[Job]) -> Tally:
    """Cancel them. Those that run are told to stop."""
    now = store.now()
    changed, skipped = await _change(
        store, jobs, lambda job: job if job.status is Status.CANCELLED else lifecycle.cancel(job, now)
    )
    orders = [
        (script("order"), control.order_arguments(job.worker, {"cancel": job.id, "fence": job.fence}))
        for job in changed
        if job.status is Status.PROCESSING
    ]
    if orders:
        await store.link.run(*orders)
    return Tally(len(changed), 0, skipped)


async def retry_all(store: Store, jobs: Sequence[Job], revs: Mapping[str, int] = MappingProxyType({})) -> Tally:
    """Give failed jobs all their attempts again.

    `revs`: of jobs that may have been retried already. One that was written since was, though it failed again.
    """
    now = store.now()
    changed, skipped = await _change(
        store, jobs, lambda job: job if revs.get(job.id, job.rev) != job.rev else lifecycle.retry(job, now)
    )
    return Tally(len(changed), 0, skipped)


async def _change(store: Store, jobs: Sequence[Job], verb: Callable[[Job], Job]) -> tuple[list[Job], int]:
    """Apply a verb to each, anew where another write came first. Answers the jobs, and how many it does not fit."""
    changed: list[Job] = []
    left, skipped = list(jobs), 0
    while left:
        changes: list[Change] = []
        for job in left:
            try:
                after = verb(job)
            except IllegalTransition:
                skipped += 1
                continue
            if after is job:
                changed.append(job)
            else:
                changes.append(Change(job, after))
        left = []
        for change, answer in zip(changes, await store.write(changes), strict=True):
            if answer is None:
                skipped += 1
            else:
                (changed if answer is change.job else left).append(answer)
    return changed, skipped


async def _replay(means: Means, bulk: Bulk, jobs: Sequence[Job]) -> Tally:
    """The new jobs' ids are made of the old ones', so that none is submitted twice."""
    new: list[Job] = []
    failed = skipped = 0
    children = await families.of(means.store.link, jobs)
    for number, job in enumerate(jobs):
        if number % _A_TURN == 0:
            await asyncio.sleep(0)
        if job.status not in FINISHED:
            skipped += 1
            continue
        try:
            new.append(_another(means, bulk, job, children.get(job.id, ())))
        except Problem:
            failed += 1
    await means.store.submit(new)
    return Tally(len(new), failed, skipped)


def _another(means: Means, bulk: Bulk, job: Job, children: Sequence[str]) -> Job:
    now = _time_of(bulk.id) + 1  # so that it is none of the jobs that the bulk action is about
    bits = int.from_bytes(blake2b(f"{bulk.id} {job.id}".encode(), digest_size=16).digest())
    id = uuid7(now, bits >> RANDOM_BITS & (1 << SEQUENCE_BITS) - 1, bits & (1 << RANDOM_BITS) - 1)
    text = submission(job, {}, children)
    made = new_job(text, means.job_types, callbacks=means.callbacks, tenant=job.tenant, id=id, now=now)
    return replace(made, replay_of=job.id)


def _time_of(id: str) -> int:
    return int(id.replace("-", "")[:12], 16)


async def _delete(means: Means, jobs: Sequence[Job]) -> Tally:
    ended = [job for job in jobs if job.status in FINISHED]
    outcomes = await remove_all(means.store, means.files, ended)
    kept = outcomes.count(Removal.CHANGED) + outcomes.count(Removal.NEEDED)
    return Tally(len(ended) - kept, 0, len(jobs) - len(ended) + kept)
