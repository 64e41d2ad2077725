"""arq's worker with our engine inside. `docs/arq.md` says what that replaces and why.

Plain arq jobs go through arq's own code, ours through the engine. No error of the store ends the process.
"""

import asyncio
from contextlib import suppress
from signal import SIGTERM, SIGUSR1, Signals

import structlog
from arq.connections import create_pool, log_redis_info
from arq.utils import poll
from arq.worker import logger
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.cancelling import was_cancelled
from shared.queue import queue_key
from shared.store.connection import SOCKET_TIMEOUT, WRONG_STORE
from worker_service.engine.holding import LEASE
from worker_service.engine.loop import Engine
from worker_service.engine.plain import AWAY, STORE_ERRORS, PlainWorker

ENGINE = "dmps:engine"  # where `on_startup` leaves the engine in arq's ctx
RUNNING = "dmps:running"  # where it leaves the ledger of plain jobs, if their leases are renewed
LINK = {
    "socket_timeout": SOCKET_TIMEOUT,  # seconds; arq waits for a silent store for ever
    "health_check_interval": 15,  # seconds
    "retry": Retry(NoBackoff(), 0),
    "retry_on_error": WRONG_STORE,
}

log = structlog.get_logger(__name__)


class JobWorker(PlainWorker):
    """A drop-in arq worker. Without an engine in its ctx it is arq's own, but for outliving errors."""

    _engine: Engine | None = None
    _drain_task: asyncio.Task[None] | None = None
    _was_signalled = False

    async def main(self) -> None:
        """Run until cancelled (or, in burst mode, until there is nothing left to do)."""
        self.guard()
        await self._connect()
        self.ctx["redis"] = self.pool
        if self.on_startup:
            await self.on_startup(self.ctx)
        await self._introduce()
        self._engine = self.ctx.get(ENGINE)
        if self._engine is None:
            await self._poll()
        else:
            await self._run_beside(self._engine)

    def handle_sig(self, signum: Signals) -> None:
        """The first signal drains, the second ends the drain, as the end of the drain ends the worker."""
        if self._engine is None:
            super().handle_sig(signum)
            return
        log.info("told to stop", signal=signum.name)
        if self._was_signalled or signum == SIGUSR1:  # arq's own way to say: now
            self._engine.hurry()
            for task in self.tasks.values():
                task.cancel()
        self._was_signalled = True
        self._begin_to_drain(self._engine, signum)

    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        """What arq calls instead of `handle_sig` when `job_completion_wait` is set."""
        if self._engine is None:
            super().handle_sig_wait_for_completion(signum)
        else:
            self.handle_sig(signum)

    async def close(self) -> None:
        """As arq's, once the drain is over. Without a store, too, what `on_startup` began is ended."""
        if not self._handle_signals:
            self.handle_sig(SIGUSR1)
        if self._drain_task is not None:
            await self._drain_task
        if not self._pool:
            return
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        with suppress(*STORE_ERRORS):
            await self.pool.delete(self.health_check_key)
        if self.on_shutdown:
            await self.on_shutdown(self.ctx)
        with suppress(*STORE_ERRORS):
            await self.pool.aclose(close_connection_pool=True)
        self._pool = self._engine = self._drain_task = None
        self._was_signalled = False
        self.allow_pick_jobs = True  # `--watch` runs the same worker again

    async def _run_beside(self, engine: Engine) -> None:
        self.shares_queue = self.queue_name == queue_key("default")
        self.running = self.ctx.get(RUNNING)
        if self.running is not None:
            self.in_progress_timeout_s = LEASE / 1000
        async with asyncio.TaskGroup() as group:  # a mistake in either must end the other: half a worker is none
            tasks = [group.create_task(work) for work in (engine.run(), self._drain_when_told(engine))]
            await self._poll()
            for task in tasks:
                task.cancel()

    async def _drain_when_told(self, engine: Engine) -> None:
        """As the first signal, which may still follow, and then counts as the first."""
        await engine.told_to_drain.wait()
        self._begin_to_drain(engine, SIGTERM)

    def _begin_to_drain(self, engine: Engine, signum: Signals) -> None:
        if self._drain_task is None:
            self.allow_pick_jobs = False
            self._drain_task = self.loop.create_task(self._drain(engine, signum))

    async def _drain(self, engine: Engine, signum: Signals) -> None:
        """Let end what can: our jobs have `DMPS_DRAIN`, plain ones `job_completion_wait`; then end the worker."""
        draining = asyncio.create_task(engine.drain())
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=self._job_completion_wait)
        await asyncio.wait([draining])
        super().handle_sig(signum)
        if self.main_task is not None:
            await asyncio.wait([self.main_task])

    async def _connect(self) -> None:
        while self._pool is None:
            try:
                pool = await create_pool(
                    self.redis_settings,
                    job_deserializer=self.job_deserializer,
                    job_serializer=self.job_serializer,
                    default_queue_name=self.queue_name,
                    expires_extra_ms=self.expires_extra_ms,
                )
                await pool.connection_pool.disconnect()
                pool.connection_pool.reset()  # what arq has connected knows no time limit
                pool.connection_pool.connection_kwargs |= LINK
                self._pool = pool
            except STORE_ERRORS as error:
                log.warning("the store is away", reason=str(error))
                await asyncio.sleep(AWAY)

    async def _introduce(self) -> None:
        logger.info("Starting worker for %d functions: %s", len(self.functions), ", ".join(self.functions))
        with suppress(*STORE_ERRORS):
            await log_redis_info(self.pool, logger.info)

    async def _poll(self) -> None:
        """arq's loop, for what is arq's. An error of the store costs a second, never the worker."""
        async for _ in poll(self.poll_delay_s):
            if was_cancelled():
                raise asyncio.CancelledError
            try:
                await self._poll_iteration()
                if self.burst and await self._is_done():
                    await asyncio.gather(*self.tasks.values())
                    return
            except STORE_ERRORS as error:
                log.warning("arq's queue could not be read", reason=str(error))
                await asyncio.sleep(AWAY)

    async def _is_done(self) -> bool:
        if 0 <= self.max_burst_jobs <= self._jobs_started():
            return True
        if self._engine is not None and not self._engine.idle.is_set():
            return False
        return not await self.pool.zcard(self.queue_name)
