"""arq's worker with our engine inside. `docs/decisions/0005-binding-arqs-worker.md` says how and why.

What arq itself runs (its cron jobs, plain arq functions) goes through arq's own code, from a queue of its own; our jobs
go through the engine. Neither waits for the other, and no error of the store ends the process.
"""

import asyncio
from signal import Signals

import structlog
from arq.connections import create_pool
from arq.utils import poll
from arq.worker import Worker
from redis.exceptions import RedisError

from shared.cancelling import was_cancelled
from shared.store.connection import SOCKET_TIMEOUT
from worker_service.engine.loop import Engine

ENGINE = "engine"  # where `on_startup` leaves the engine in arq's ctx
STORE_ERRORS = (RedisError, OSError, TimeoutError)
AWAY = 1.0  # seconds before the next try while the store is away

log = structlog.get_logger(__name__)


class JobWorker(Worker):
    """A drop-in arq worker. Without an engine in its ctx it behaves as arq's own."""

    _engine: Engine | None = None
    _drain_task: asyncio.Task[None] | None = None

    async def main(self) -> None:
        """Run until cancelled (or, in burst mode, until there is nothing left to do)."""
        await self._connect()
        self.ctx["redis"] = self.pool
        if self.on_startup:
            await self.on_startup(self.ctx)
        self._engine = self.ctx.get(ENGINE)
        loops = [self._poll()] if self._engine is None else [self._poll(), self._engine.run()]
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            (ended, *_), _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            ended.result()  # a mistake of ours ends the process: half a worker would hold its jobs for ever
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def handle_sig(self, signum: Signals) -> None:
        """The first signal drains, the second ends the drain, as the end of the drain ends the worker."""
        if self._engine is None:
            super().handle_sig(signum)
        elif self._drain_task is None:
            self.allow_pick_jobs = False
            self._drain_task = self.loop.create_task(self._drain(self._engine, signum))
        else:
            self._engine.hurry()

    async def close(self) -> None:
        """As arq's; without a store, too, what `on_startup` began is ended."""
        try:
            await super().close()
        except STORE_ERRORS:
            if self.on_shutdown:
                await self.on_shutdown(self.ctx)

    async def _drain(self, engine: Engine, signum: Signals) -> None:
        await engine.drain()
        super().handle_sig(signum)

    async def _connect(self) -> None:
        while self._pool is None:
            try:
                self._pool = await create_pool(
                    self.redis_settings,
                    job_deserializer=self.job_deserializer,
                    job_serializer=self.job_serializer,
                    default_queue_name=self.queue_name,
                    expires_extra_ms=self.expires_extra_ms,
                )
            except STORE_ERRORS as error:
                log.warning("the store is away", reason=str(error))
                await asyncio.sleep(AWAY)
            else:
                await self._bound_waits()

    async def _bound_waits(self) -> None:
        """arq gives its connections no time limit: a store that hangs would hang the worker, in its very end too."""
        connections = self.pool.connection_pool
        connections.connection_kwargs["socket_timeout"] = SOCKET_TIMEOUT
        await connections.disconnect()
        connections.reset()

    async def _poll(self) -> None:
        """arq's loop, for what is arq's. An error costs a second, never the worker."""
        async for _ in poll(self.poll_delay_s):
            if was_cancelled():
                return
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
        return await self.pool.zcard(self.queue_name) == 0 and (self._engine is None or self._engine.idle.is_set())
