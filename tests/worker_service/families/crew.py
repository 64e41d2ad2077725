"""Workers in slow motion: each step is taken when it is asked for, with the code that workers use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from msgspec import Raw

from shared import lifecycle
from shared.job import Job, Status
from shared.store import Change, Store, families
from tests.shared.store.claiming import ERROR, request
from worker_service.families import Families
from worker_service.runner import Ending
from worker_service.work import Outcomes

ENDINGS: Mapping[str, Ending] = {
    "complete": lambda job, now: lifecycle.complete(job, Raw(b"1"), now),
    "fail": lambda job, now: lifecycle.fail(job, ERROR, now, 0),
    "reject": partial(lifecycle.reject, error=ERROR),
    "hand back": lifecycle.hand_back,
}


@dataclass
class Crew:
    """`held`: what they run; `stale`: what they ran when others took it over, since they were thought to be lost."""

    store: Store
    families: Families
    held: dict[str, Job] = field(default_factory=dict)
    stale: list[Job] = field(default_factory=list)

    async def claim(self, slots: int) -> list[tuple[Job, bool]]:
        """Jobs that were claimed, and whether each was taken over. Of those the lost attempt is written down."""
        _, claims = await self.store.write_and_claim([], request(slots=slots))
        return [(await self._taken(job, claims.now), job.status is Status.PROCESSING) for job in claims.jobs]

    async def look(self, job: Job) -> Outcomes | None:
        """What its children came to, if it is to run with that; else it goes on as that demands."""
        found = await self.families.look(job) if job.child_count else Outcomes()
        if isinstance(found, Outcomes):
            self.held[job.id] = job
            return found
        await self.settle(job, found)
        return None

    async def settle(self, job: Job, ending: Ending) -> Job:
        """Write how an attempt ended; anew, if somebody has written the job meanwhile."""
        self.held.pop(job.id, None)
        return await self.store.change(job.tenant, job.id, lambda fresh: ending(fresh, self.store.now()))

    async def settle_late(self, job: Job) -> bool:
        """A worker that was thought to be lost completes its job. Answers whether that was written."""
        done = lifecycle.complete(job, job.payload, self.store.now())
        (answer,) = await self.store.write([Change(job, done)])
        return answer is done

    async def children(self, job: Job) -> list[str]:
        """The ids of what it waits for."""
        ((*ids,),) = await families.children(self.store.link, job.tenant, [job.id])
        return ids

    async def _taken(self, job: Job, now: int) -> Job:
        claimed = lifecycle.claim(job, "w1", now)
        if job.status is not Status.PROCESSING:
            return claimed
        self.stale.append(self.held.pop(job.id))
        recover: Callable[[Job], Job] = lambda fresh: lifecycle.recover(fresh, job, now)  # noqa: E731
        recovered = recover(claimed)
        (answer,) = await self.store.write([Change(claimed, recovered)])
        assert answer is recovered
        return recovered
