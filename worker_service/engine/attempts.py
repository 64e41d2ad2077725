"""Starts the attempts of claimed jobs, as tasks on the event loop, and stops those that run for too long."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from shared import lifecycle
from shared.files import FileStore
from shared.job import Job, JobError
from worker_service import runner
from worker_service.engine.holding import Hold, Holding
from worker_service.engine.telling import Telling
from worker_service.failures import timed_out
from worker_service.isolation import Children
from worker_service.processors import JobContext, Processor

LOOK_EVERY = 0.05  # seconds; by so much an attempt may outrun its timeout

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Attempts:
    """What an attempt needs."""

    processors: Mapping[str, Processor]
    children: Children
    files: FileStore
    telling: Telling

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
        context = JobContext(
            id=job.id,
            type=job.type,
            attempt=lifecycle.next_number(job),
            files=self.files,
            emit=partial(self.telling.told, job),
        )
        attempt = runner.Attempt(job, processor, context)
        perform = runner.perform_on_loop if processor.runs_on_loop else self.children.perform
        hold = Hold(job, in_child=not processor.runs_on_loop)
        hold.task = asyncio.create_task(_run(hold, attempt, perform, ended))
        return hold

    async def watch(self, holding: Holding) -> None:
        """Until cancelled. One look at all of them, now and then, costs far less than a timer for each."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for hold in holding:
                if hold.is_overdue:
                    job, failure = hold.job, timed_out(hold.job.timeout)
                    hold.stop(runner.judged(job, self.processors[job.type], failure, random.random))


async def _run(hold: Hold, attempt: runner.Attempt, perform: runner.Perform, ended: Callable[[Hold], None]) -> None:
    try:
        hold.ending = await runner.run(attempt, perform, random.random)
    except asyncio.CancelledError:
        # The worker stops; or it took too long; or the lease was lost, and then whatever we write is refused.
        hold.ending = hold.stopped or lifecycle.hand_back
    except Exception:  # a mistake of ours must not leave the job running for ever
        log.exception("an attempt could not be judged", job=hold.job.id, type=hold.job.type)
        hold.ending = partial(lifecycle.reject, error=JobError("exception", "The attempt could not be judged."))
    ended(hold)
