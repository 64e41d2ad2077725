"""Starts the attempts of claimed jobs, as tasks on the event loop, and stops those that run for too long."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import structlog
from msgspec import Raw
from msgspec.structs import replace

from shared import lifecycle
from shared.files import FileStore
from shared.job import Job, JobError
from shared.logs import IN_HAND
from worker_service import runner
from worker_service.engine.heartbeats import Heartbeats
from worker_service.engine.holding import Hold, Holding
from worker_service.engine.report import Report
from worker_service.engine.telling import Telling
from worker_service.failures import Failure
from worker_service.isolation import Children
from worker_service.processors import JobContext, Processor

LOOK_EVERY = 0.05  # seconds; by so much an attempt may outrun its timeout
CANCEL_GRACE = 0.5  # seconds that a job in a child has to end by itself once it was cancelled

Recall = Callable[[str], Awaitable[Raw]]  # the last checkpoint of a job

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Attempts:
    """What an attempt needs."""

    processors: Mapping[str, Processor]
    children: Children
    files: FileStore
    telling: Telling
    family: runner.Family
    configured: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    recall: Recall | None = None  # None: none of them makes checkpoints
    heartbeats: Heartbeats = field(default_factory=lambda: Heartbeats(LOOK_EVERY))
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def loop_types(self) -> tuple[str, ...]:
        """The job types that run on the event loop."""
        return tuple(name for name, processor in self.processors.items() if processor.runs_on_loop)

    @property
    def child_types(self) -> tuple[str, ...]:
        """The job types that run in a child process."""
        return tuple(name for name, processor in self.processors.items() if not processor.runs_on_loop)

    def free_children(self, holding: Holding) -> int:
        """How many children have no job."""
        busy = sum(hold.in_child and hold.ending is None for hold in holding)
        return max(0, self.children.ready - busy)

    def start(self, job: Job, ended: Callable[[Hold], None]) -> Hold:
        """Run a claimed job; `ended` is called once its ending is known, or it was stopped."""
        processor = self.processors[job.type]
        hold = Hold(job, in_child=not processor.runs_on_loop)
        tell = partial(self.telling.told, job)
        context = JobContext(
            id=job.id,
            type=job.type,
            attempt=lifecycle.next_number(job),
            files=self.files.of(job.tenant).made_by(job.id),
            emit=tell if job.heartbeat is None else self.heartbeats.heard_in(tell, hold),
            is_cancelled=lambda: hold.is_cancelled,
            configured=self.configured,
        )
        attempt = runner.Attempt(job, processor, context)
        perform = runner.perform_on_loop if processor.runs_on_loop else self.children.perform
        performed = self.report.began(job, perform)
        hold.task = asyncio.create_task(self._run(hold, attempt, performed, ended))
        self.begun.set()
        return hold

    def cancel(self, hold: Hold) -> None:
        """Somebody asked for its end. A child may heed that, and else is killed; a coroutine is cancelled at once."""
        hold.is_cancelled = True
        if hold.ending is None and hold.in_child and self.children.runs(hold.job):
            self.children.ask_to_stop(hold.job)
            asyncio.get_running_loop().call_later(CANCEL_GRACE, hold.stop)
        else:
            hold.stop()

    async def watch(self, holding: Holding, now: Callable[[], int]) -> None:
        """Until cancelled. One look at all of them, now and then, costs far less than a timer for each.

        While nothing is held there is nothing to look at, and an idle worker sleeps.
        """
        while True:
            if not len(holding):
                self.begun.clear()
                await self.begun.wait()
            await asyncio.sleep(LOOK_EVERY)
            self.heartbeats.looked()
            clock, store_clock = time.monotonic(), now()
            for hold in holding:
                failure = self._failure(hold, clock, store_clock) if hold.runs else None
                if failure is not None:
                    processor = self.processors[hold.job.type]
                    hold.stop(runner.judged(hold.job, processor, failure, random.random))

    def _failure(self, hold: Hold, clock: float, now: int) -> Failure | None:
        """Why an attempt may not go on."""
        failure = hold.too_late(clock, now)
        if failure is None and hold.job.heartbeat is not None:
            is_at_work = not hold.in_child or self.children.runs(hold.job)
            failure = self.heartbeats.silent(hold, hold.job.heartbeat, is_at_work=is_at_work)
        return failure

    async def _run(
        self, hold: Hold, attempt: runner.Attempt, perform: runner.Perform, ended: Callable[[Hold], None]
    ) -> None:
        IN_HAND.set(hold.job)
        try:
            if self.recall is not None and attempt.context.attempt > 1:
                attempt = replace(attempt, state=await self.recall(attempt.job.id))
            hold.ending = await runner.run(attempt, perform, random.random, self.family)
        except asyncio.CancelledError:
            # The worker stops; or it took too long; or the lease was lost, and then whatever we write is refused.
            hold.ending = hold.stopped or lifecycle.hand_back
        except Exception:  # a mistake of ours must not leave the job running for ever
            log.exception("an attempt could not be judged")
            hold.ending = partial(lifecycle.reject, error=JobError("exception", "The attempt could not be judged."))
        self.telling.then(hold.key, partial(ended, hold))
