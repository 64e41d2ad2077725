"""A trial: a system under load and watch, a fault in the middle, and the judgement when all has come to rest."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import judgement
from tests.chaos.ledger import Run, by_job, read_runs
from tests.chaos.load import Load, Mix, mixed
from tests.chaos.outcome import Outcome
from tests.chaos.proxy import Proxy
from tests.chaos.system import Process, System, ended, system
from tests.chaos.watch import Watch
from tests.waiting import until

REST = 45.0  # seconds in which all accepted jobs must have ended
RECOVERY, RESUME = 12.0, 5.0  # seconds: promises P3 and P5


@dataclass(frozen=True)
class Death:
    """A worker's end, or the moment from which it neither hears nor speaks."""

    pid: int
    at: float


@dataclass
class Trial:
    """What a fault gets hold of."""

    system: System
    stack: AsyncExitStack  # closes what the fault opens, before the system ends
    outcome: Outcome = field(default_factory=Outcome)
    runs: list[Run] = field(default_factory=list)  # what the ledger says once all rests
    loads: list[Load] = field(default_factory=list)
    watch: Watch | None = None  # of the load that presses
    tidy: bool = True  # all that waits must have ended; else the fault leaves much behind

    async def proxy(self, seed: int = 1) -> Proxy:
        """A proxy to the store."""
        return await self.stack.enter_async_context(Proxy(self.system.address, seed=seed))

    async def start(
        self, workers: int = 2, *, api: str | None = None, url: str | None = None, **settings: str
    ) -> list[Process]:
        """Start the API and so many workers, against the store or proxies to it."""
        self.system.api(api)
        return await self.more(workers, url, **settings)

    async def more(self, workers: int, url: str | None = None, **settings: str) -> list[Process]:
        """Start more workers, and wait until they live."""
        started = [self.system.worker(url, **settings) for _ in range(workers)]
        await self.system.ready(*started)
        return started

    async def another(self, url: str | None = None, **settings: str) -> Process:
        """Start one more worker, and wait until it lives."""
        (worker,) = await self.more(1, url, **settings)
        return worker

    @asynccontextmanager
    async def pressure(
        self, *, rate: float = 60.0, callers: int = 8, mix: Mix = mixed, rest: float = REST
    ) -> AsyncIterator[Load]:
        """Load and watch, for as long as it is entered. Then all must come to rest, and is judged.

        Without callers, it is for the fault to submit jobs.
        """
        load = Load(self.system.http, self.system.ledger, rate=rate, callers=callers, mix=mix)
        async with Watch(self.system, load.answers) as self.watch:
            try:
                async with load:
                    yield load
            finally:
                await self._rest(load, self.watch, rest)

    async def has_started(self, job_id: str, attempt: int = 1, within: float = REST) -> float:
        """Wait until an attempt of a job has started. Answers when."""

        async def look() -> float | None:
            runs = [run for run in self.read() if (run.job, run.attempt) == (job_id, attempt)]
            return runs[0].started if runs else None

        return await until(look, f"attempt {attempt} of {job_id}", within)

    async def has_ended(self, *job_ids: str, within: float = REST) -> None:
        """Wait until these jobs were seen finished."""

        async def look() -> bool:
            return self.watch is not None and self.watch.saw_the_end(job_ids)

        await until(look, f"the end of {len(job_ids)} jobs", within)

    def read(self) -> list[Run]:
        """What the ledger says now."""
        return read_runs(self.system.ledger)

    def runs_of(self, job_id: str) -> list[Run]:
        """The runs of a job."""
        return [run for run in self.runs if run.job == job_id]

    def starts_after(self, moment: float) -> list[float]:
        """When runs started after that, in order."""
        return sorted(run.started for run in self.runs if run.started > moment)

    def kill(self, worker: Process) -> Death:
        """Kill a worker as the kernel would."""
        worker.kill()
        return Death(worker.pid, time.monotonic())

    def recoveries(self, deaths: Sequence[Death]) -> list[float]:
        """Seconds from each death to the next run of each job that it interrupted."""
        jobs = by_job(self.runs)
        found = (_recovery(death, runs) for death in deaths for runs in jobs.values())
        return [seconds for seconds in found if seconds is not None]

    def expect_recovery(self, deaths: Sequence[Death], within: float = RECOVERY) -> None:
        """Promise P3."""
        self.outcome.spread("recovery", self.recoveries(deaths), within)

    def expect_alive(self, *workers: Process) -> None:
        """None of these has ended."""
        self.outcome.at_most("processes that ended", sum(worker.poll() is not None for worker in workers), 0)

    def waits(self) -> dict[str, float]:
        """Seconds from each acknowledgement to the first run of its job; less than 0 if that came first."""
        jobs = by_job(self.runs)
        acknowledged = [item for load in self.loads for item in load.answers.acknowledged.items()]
        return {job_id: jobs[job_id][0].started - at for job_id, at in acknowledged if job_id in jobs}

    def note_slowest_refusal(self) -> None:
        """How long callers had to wait for a 503. Nothing is promised about that."""
        refusals = [refusal.took for load in self.loads for refusal in load.answers.refused]
        self.outcome.figures["slowest 503, s"] = round(max(refusals, default=0.0), 2)

    def expect_resume(self, *since: float, within: float = RESUME) -> None:
        """Promise P5: soon after the store is back, jobs are accepted and run again."""
        acknowledged = [at for load in self.loads for at in load.answers.acknowledged.values()]
        started = [run.started for run in self.runs]
        self.outcome.spread("accepting again", [_first(acknowledged, moment) for moment in since], within)
        self.outcome.spread("running again", [_first(started, moment) for moment in since], within)

    async def _rest(self, load: Load, watch: Watch, within: float) -> None:
        """Wait until all acknowledged jobs have ended, and judge."""

        async def look() -> bool:
            return not watch.unfinished()

        with suppress(AssertionError):
            await until(look, "the end of all jobs", within)
        self.loads.append(load)
        self.runs = read_runs(self.system.ledger)
        evidence = judgement.Evidence(load.answers, watch, by_job(self.runs))
        await judgement.judge(self.system, evidence, self.outcome, tidy=self.tidy)


@asynccontextmanager
async def trial(directory: Path) -> AsyncIterator[Trial]:
    """A store that runs, and nothing else yet."""
    async with system(directory) as started, AsyncExitStack() as stack:
        yield Trial(started, stack)


async def stop(worker: Process) -> float:
    """SIGTERM. Answers how long the worker took, in seconds; raises if it did not end in good order."""
    began = time.monotonic()
    worker.terminate()
    status = await ended(worker)
    assert status == 0, f"The worker ended with {status} after SIGTERM."
    return time.monotonic() - began


def _recovery(death: Death, runs: Sequence[Run]) -> float | None:
    """Seconds until a job that was interrupted runs again; None if it was not, or was not run again."""
    interrupted = any(
        run.worker == death.pid and run.started < death.at and (run.ended is None or run.ended > death.at)
        for run in runs
    )
    later = [run.started - death.at for run in runs if run.started > death.at]
    return min(later) if interrupted and later else None


def _first(moments: Sequence[float], since: float) -> float:
    return min((moment - since for moment in moments if moment > since), default=float("inf"))
