"""The jobs that this worker holds: claimed and not yet settled."""

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.job import Job
from shared.lifecycle import SUSPECT_LOSSES
from worker_service.failures import Failure, deadline_came, timed_out
from worker_service.runner import Ending

LEASE = 10_000  # ms that a worker may be silent before its jobs are given to others
GRACE = 20.0  # seconds that an attempt, or the event loop, may be silent beyond its timeout
HoldKey = tuple[str, int]  # a job's id and fence: the same job may come back while an old attempt still ends


@dataclass(eq=False)
class Hold:
    """A claimed job while it runs, and how it ended once it has."""

    job: Job
    in_child: bool = False
    began: float = field(default_factory=time.monotonic)
    heard: float = math.inf  # when it last told of its work, as `Heartbeats` counts time, if it has a heartbeat
    is_cancelled: bool = False  # somebody asked for its end
    task: asyncio.Task[None] | None = None
    stopped: Ending | None = None  # how it is to end because it was stopped
    ending: Ending | None = None
    settled: Job | None = None  # the record to write; made once, so that a repeated write is the same to the letter

    @property
    def key(self) -> HoldKey:
        """What names this attempt."""
        return self.job.id, self.job.fence

    @property
    def may_run_until(self) -> float:
        """When its lease is given up (monotonic time): never, once it has ended and is only to be settled."""
        if self.in_child or self.ending is not None:
            return math.inf
        return self.began + self.job.timeout + GRACE

    @property
    def runs(self) -> bool:
        """Whether it has neither ended nor been stopped for a reason."""
        return self.ending is None and self.stopped is None

    def too_late(self, clock: float, now: int) -> Failure | None:
        """Why it may not go on, at a monotonic time and by the store's clock. `isolation` ends a child's timeout."""
        if self.job.deadline_at is not None and now >= self.job.deadline_at:
            return deadline_came()
        if clock > self.began + self.job.timeout and not self.in_child:
            return timed_out(self.job.timeout)
        return None

    def stop(self, ending: Ending | None = None) -> None:
        """Cancel it, but not before its first step: it would never tell of its end. It ends so, or is handed back."""
        self.stopped = self.stopped or ending
        if self.task is not None:
            asyncio.get_running_loop().call_soon(self.task.cancel)

    def settle(self, now: int) -> Job:
        """The record that tells how it ended."""
        if self.settled is None and self.ending is not None:
            self.settled = self.ending(self.job, now)
        return self.settled or self.job

    def again(self, fresh: Job) -> None:
        """Somebody else wrote the record under the same fence: apply the ending to that."""
        self.job, self.settled = fresh, None


@dataclass
class Holding:
    """All that is held. Read by the renewal thread, too."""

    holds: dict[HoldKey, Hold] = field(default_factory=dict)
    plain: dict[str, float] = field(default_factory=dict)  # arq's own jobs under way: id to timeout (s)

    def __len__(self) -> int:
        return len(self.holds)

    def __iter__(self) -> Iterator[Hold]:
        return iter(list(self.holds.values()))

    @property
    def suspects(self) -> int:
        """How many that run may be what their workers were lost of."""
        return sum(hold.job.losses >= SUSPECT_LOSSES and hold.ending is None for hold in self)

    def add(self, hold: Hold) -> None:
        """From now on its lease is renewed."""
        self.holds[hold.key] = hold

    def drop(self, hold: Hold) -> None:
        """It is settled, or no longer ours."""
        self.holds.pop(hold.key, None)

    def leases(self) -> list[HoldKey]:
        """What to renew. Called from another thread, so it looks at a copy, which takes the interpreter one step.

        A coroutine that does not end though its time is over has no right to its job any more. (A child is killed.)
        """
        now = time.monotonic()
        return [hold.key for hold in list(self.holds.values()) if hold.may_run_until > now]

    def longest_timeout(self) -> float:
        """How long, in seconds, one of them may run at most."""
        return max((*(hold.job.timeout for hold in self), *list(self.plain.values())), default=0.0)
