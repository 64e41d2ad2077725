"""The worker's composition root: settings in, arq's `WorkerSettings` out."""

import asyncio
import logging
import os
import secrets
from contextlib import suppress
from typing import Any

import arq.worker
from arq.typing import StartupShutdown as Hook
from arq.typing import WorkerSettingsType
from arq.worker import JobExecutionFailed, func, get_kwargs

from shared.discovery import job_types, plugins
from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.garbage import collect_less
from shared.logs import configure
from shared.queue import JOB_FUNCTION, deserialize, redis_settings, serialize
from shared.settings import Settings, read_settings
from shared.spans import Tracer, tracer_of
from shared.store import Store, WorkerInfo
from shared.store.connection import connect
from worker_service.catalogue import processors
from worker_service.engine.attempts import Attempts
from worker_service.engine.bell import Bell
from worker_service.engine.holding import Holding, HoldKey
from worker_service.engine.introduction import introduce
from worker_service.engine.loop import Engine
from worker_service.engine.orders import Orders
from worker_service.engine.renewal import Renewal
from worker_service.engine.telling import Telling
from worker_service.engine.worker import ENGINE, RUNNING, JobWorker
from worker_service.families import Families
from worker_service.isolation import Children
from worker_service.maintenance import maintenance
from worker_service.metrics import MetricsServer, Standing, WorkerMeter
from worker_service.observing import Observers
from worker_service.processors import Processor
from worker_service.recalling import Recalling
from worker_service.retention import keep_removing
from worker_service.webhooks.crew import Deliveries

ARQ_HANDLER = "arq.standard"  # as `arq.logs` names it
SIGN_OF_LIFE = 1.0  # seconds


class Crew:
    """Everything that runs in a worker beside arq: what it starts, it ends."""

    _metrics: MetricsServer | None = None

    def __init__(self, settings: Settings, served: dict[str, Processor], tracer: Tracer | None = None) -> None:
        self.store = Store.connect(settings.redis_url)
        self._bell_redis = connect(settings.redis_url, max_connections=2)
        self._orders_redis = connect(settings.redis_url, max_connections=1)
        self._holding = Holding()
        self._telling = Telling(self.store.tell)
        has_children = any(not processor.runs_on_loop for processor in served.values())
        self._children = Children(settings.children if has_children else 0, changed=self._wake)
        self._bell = Bell(self._bell_redis, settings.queues, rung=self._wake)
        self._files = FileStore(settings.files_url)
        types = job_types(plugins(settings.plugins))
        known = {name: job_type.keeping(settings.keep) for name, job_type in types.items()}
        gate = settings.webhook_gate if settings.webhook_secrets else None
        families = Families(self.store, self._files, known, gate)
        told = settings.for_processors
        self._observers = Observers(self._metered(settings), tracer)
        report, recall = self._observers.report(), Recalling(self.store.link).last
        self._attempts = Attempts(served, self._children, self._files, self._telling, families, told, report, recall)
        name = f"{settings.worker_host}:{os.getpid()}:{secrets.token_hex(3)}"
        self.engine = Engine(name, settings, self.store, self._attempts, self._holding, self._bell)
        self._orders = Orders(self._orders_redis, self.engine)
        self._deliveries = Deliveries(name, settings, self.store, self._telling, self._files, self._observers)
        self._settings = settings
        self._renewal = Renewal(settings.redis_url, self._state, self._lost, self._holding.plain)
        self._maintenance = maintenance(settings.redis_url, self.store, self._files, settings.files)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        with suppress(StoreUnavailable):
            await self.store.synchronise()
        self._started_at = self.store.now()
        self._children.start()
        listening = (self._bell.listen(), self._orders.listen())
        watching = (self._attempts.watch(self._holding, self.store.now), self._show_life())
        housekeeping = (self._maintenance.async_run(), keep_removing(self.store.link, self._files))
        telling = (self._telling.deliver(), *([] if self._metrics is None else [self._metrics.work()]))
        work = (*listening, *watching, *telling, *housekeeping, *self._deliveries.work())
        self._tasks = [asyncio.create_task(task) for task in work]
        self._renewal.start()
        collect_less()

    async def stop(self) -> None:
        """End. What is still held by now is left to its lease."""
        await self._maintenance.close()
        await self._deliveries.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._telling.flush()
        await asyncio.to_thread(self._renewal.stop)
        await self._children.close()
        with suppress(StoreUnavailable):
            await self.store.forget_worker(self.engine.name)
        await self._bell_redis.aclose()
        await self._orders_redis.aclose()
        await self._deliveries.close()
        await self.store.close()
        if self._observers.tracer is not None:
            await asyncio.to_thread(self._observers.tracer.close)

    def _metered(self, settings: Settings) -> WorkerMeter | None:
        """What counts, if it is to be told to anybody: it takes a little of the time of each job."""
        if not settings.metrics_port:
            return None
        meter = WorkerMeter(self._standing)
        self.store.link.observer = meter.process
        self._metrics = MetricsServer(meter.process, settings)
        return meter

    def _standing(self) -> Standing:
        """Called when the metrics are told."""
        return Standing(
            slots=self.engine.slots,
            jobs=len(self._holding),
            children=self._children.ready,
            deliveries=len(self._deliveries.holding),
            is_draining=self.engine.is_draining,
        )

    def _wake(self) -> bool:
        return self.engine.wake()

    async def _show_life(self) -> None:
        while True:
            self._renewal.alive()
            await asyncio.sleep(SIGN_OF_LIFE)

    def _state(self) -> tuple[WorkerInfo, list[HoldKey], float]:
        """Called by the renewal thread."""
        info = introduce(self.engine, self._settings, self._attempts.processors, self._started_at)
        both = (self._holding, self._deliveries.holding)
        leases = [key for holding in both for key in holding.leases()]
        return info, leases, max(holding.longest_timeout() for holding in both)

    def _lost(self, leases: list[HoldKey]) -> None:
        """Called by the renewal thread."""
        for lost in (self.engine.lost, self._deliveries.lost):
            self._loop.call_soon_threadsafe(lost, leases)


def quiet_arq() -> None:
    """arq's command gives arq's logger a handler of its own; ours serves all. What ticks is no news."""
    logger = logging.getLogger("arq")
    for handler in logger.handlers[:]:
        if handler.name == ARQ_HANDLER:
            logger.removeHandler(handler)
    logging.getLogger("arq.worker").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not any(word in record.getMessage() for word in ("dmps:", "recording health", "SIGUSR1"))


async def _ours(ctx: dict[Any, Any]) -> None:  # noqa: ARG001 - as arq calls it
    """The function that our jobs name to arq's tools. arq calls it only for a job whose record is gone."""
    raise JobExecutionFailed("There is no record of this job any more.")


def worker_settings(yours: WorkerSettingsType | None = None) -> type:
    """What `arq worker_service.WorkerSettings` runs. Raises `Misconfigured`.

    `yours`: arq settings of your own (functions, cron jobs, hooks, anything that arq documents), to run beside our
    jobs. `docs/arq.md` shows how.
    """
    settings = read_settings()
    configure(settings.log_format, settings.log_level)
    # arq's command makes its worker by this name, and leaves us no other way to make it ours.
    arq.worker.Worker = JobWorker  # type: ignore[misc]
    ours = {
        "redis_settings": redis_settings(settings.redis_url),
        "job_serializer": serialize,
        "job_deserializer": deserialize,
        "health_check_interval": 5,
    }
    facts: dict[str, Any] = {**ours, **(get_kwargs(yours) if yours else {})}
    facts["functions"] = [*facts.get("functions", ()), func(_ours, name=JOB_FUNCTION)]
    facts |= _hooks(settings, facts.get("on_startup"), facts.get("on_shutdown"))
    return type("WorkerSettings", (), facts)


def _hooks(settings: Settings, on_startup: Hook | None, on_shutdown: Hook | None) -> dict[str, Hook]:
    """Ours around yours: yours find our parts at work."""
    served = processors(plugins(settings.plugins))
    if (tracer := tracer_of(settings, "worker")) is not None:
        tracer.close()  # it can be made, here where a mistake is still told; each start has one of its own
    crew: Crew | None = None

    async def start(ctx: dict[Any, Any]) -> None:
        nonlocal crew
        quiet_arq()
        crew = Crew(settings, served, tracer_of(settings, "worker"))
        await crew.start()
        ctx.update({ENGINE: crew.engine, RUNNING: crew.engine.holding.plain})
        if on_startup:
            await on_startup(ctx)

    async def stop(ctx: dict[Any, Any]) -> None:
        try:
            if on_shutdown:
                await on_shutdown(ctx)
        finally:
            if crew:
                await crew.stop()

    return {"on_startup": start, "on_shutdown": stop}
