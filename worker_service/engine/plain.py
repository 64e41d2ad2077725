"""arq's own worker, for plain arq functions and cron jobs, so that nothing but its job suffers when something fails.

What runs a job is arq's code. Around it: an error of a hook is logged, a store that went away is waited for, and an
error that is left (arq would end the worker) costs the job this run, never the worker or its neighbours.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Any

import structlog
from arq.cron import CronJob
from arq.typing import StartupShutdown
from arq.worker import Function, JobExecutionFailed, Worker
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, RedisError, TimeoutError

from shared.queue import AHEAD
from shared.store import keys

STORE_ERRORS = (RedisError, OSError)
PASSING_ERRORS = (ConnectionError, TimeoutError, OutOfMemoryError, ReadOnlyError, OSError)
AWAY = 1.0  # seconds before the next try while the store is away
LATEST = 3_600.0  # seconds that a worker may be late to a tick
PATIENCE = 300  # tries to write down how a job ended

_due: ContextVar[int] = ContextVar("due")  # when the job of this task was due (ms)

log = structlog.get_logger(__name__)

Work = Callable[..., Coroutine[Any, Any, Any]]


class PlainWorker(Worker):
    """Runs what arq runs as arq runs it.

    `shares_queue`: our jobs are in the queue, too. A plain job that is due then stands `AHEAD` of its time, where it
    hides none of ours; everything that reads or changes its place takes that into account.
    `running`: the plain jobs under way, id to timeout (s), if somebody renews their leases.
    """

    shares_queue = False
    running: dict[str, float] | None = None
    _is_guarded = False
    _longest_s = 0.0  # that a job may run

    def guard(self) -> None:
        """Guard the hooks and functions that the worker was made with."""
        if self._is_guarded:
            return
        self._is_guarded = True
        self._longest_s = self.in_progress_timeout_s - 10  # as arq has added it up
        self.on_job_start = _harmless(self.on_job_start)
        self.on_job_end = _harmless(self.on_job_end)
        self.after_job_end = _harmless(self.after_job_end)
        self.functions = {
            name: replace(_remembered(function), coroutine=_contained(function.coroutine))
            for name, function in self.functions.items()
        }

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """As arq's, without our jobs; a slot that it took for a job that could not be started is given back."""
        if self.shares_queue and job_ids:
            job_ids = await self._without_records(job_ids)
        try:
            await super().start_jobs(job_ids)
        except STORE_ERRORS:
            self._release_sem_dec_counter_on_complete()
            raise

    async def run_job(self, job_id: str, score: int) -> None:
        """As arq's; an error beside the job itself is logged, and the job runs again when its lease is over."""
        due = score + AHEAD if score < 0 else score
        _due.set(due)
        if self.running is not None:
            self.running[job_id] = self._longest_s
        try:
            if self.shares_queue:
                await self.pool.zadd(self.queue_name, {job_id: due - AHEAD}, xx=True)
            await super().run_job(job_id, due)
        except Exception:
            log.exception("a plain arq job could not be seen through", job=job_id)
        finally:
            if self.running is not None:
                self.running.pop(job_id, None)

    async def finish_job(
        self,
        job_id: str,
        finish: bool,  # noqa: FBT001 - as arq calls it
        result_data: bytes | None,
        result_timeout_s: float | None,
        keep_result_forever: bool,  # noqa: FBT001 - as arq calls it
        incr_score: int | None,
        keep_in_progress: float | None,
    ) -> None:
        """As arq's; while the store is away it tries again, so that work that is done is not done twice."""
        facts = (job_id, finish, result_data, result_timeout_s, keep_result_forever, None, keep_in_progress)
        for _ in range(PATIENCE):
            try:
                if incr_score:  # arq adds it to the score: after a lost reply, once too often
                    await self.pool.zadd(self.queue_name, {job_id: _due.get() + incr_score}, xx=True)
                await super().finish_job(*facts)
            except PASSING_ERRORS as error:
                log.warning("the end of a plain arq job could not be written", job=job_id, reason=str(error))
                await asyncio.sleep(AWAY)
            else:
                return
        log.error("the end of a plain arq job is lost: it runs again", job=job_id)

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        """As arq's, which asks the store for an expiry of 0 under `keep_result_forever`, and so for an error."""
        kept = result_data if self.keep_result_forever or self.keep_result_s > 0 else None
        await self.finish_job(job_id, True, kept, self.keep_result_s, self.keep_result_forever, None, None)  # noqa: FBT003 - same

    async def _without_records(self, job_ids: list[bytes]) -> list[bytes]:
        pipe = self.pool.pipeline(transaction=False)
        for job_id in job_ids:
            pipe.exists(keys.JOB + job_id.decode())
        return [job_id for job_id, is_ours in zip(job_ids, await pipe.execute(), strict=True) if not is_ours]


def _harmless(hook: StartupShutdown | None) -> StartupShutdown | None:
    """A hook that raises is logged; the job takes its way all the same."""
    if hook is None:
        return None

    @wraps(hook)
    async def call(ctx: dict[Any, Any]) -> None:
        try:
            await hook(ctx)
        except Exception:
            log.exception("a hook of a plain arq job failed", job=ctx["job_id"], hook=repr(hook))

    return call


def _remembered(function: Function | CronJob) -> Function | CronJob:
    """By its result a tick of a cron job is known to have been run, to workers that come to it late.

    arq forgets it after a minute, and then such a worker runs it again. A cron job with an id of its own has the same
    for all its ticks, so one that is remembered would be the last.
    """
    if isinstance(function, CronJob) and function.unique and function.job_id is None:
        return replace(function, keep_result_s=max(LATEST, function.keep_result_s or 0))
    return function


def _contained(work: Work) -> Work:
    """A job that would end the process (SystemExit, KeyboardInterrupt) fails instead."""

    @wraps(work)
    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the job has them
        try:
            return await work(*args, **kwargs)
        except (SystemExit, KeyboardInterrupt) as error:
            raise JobExecutionFailed(f"The job raised {error!r}.") from error

    return call
