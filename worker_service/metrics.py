"""The metrics of a worker, and where they are told: a small HTTP server of their own, on `DMPS_METRICS_PORT`."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import Counter, Gauge, Histogram

from shared.metrics import CALL_SECONDS, ProcessMeter, is_shown
from shared.settings import Settings
from worker_service.job_meter import JobMeter

PATH = "/metrics"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Standing:
    """How a worker stands."""

    slots: int
    jobs: int
    children: int
    deliveries: int
    is_draining: bool


class WorkerMeter:
    """What a worker counts. `jobs` are those of all its engines; `look` tells how it stands now."""

    def __init__(self, look: Callable[[], Standing]) -> None:
        self.process = ProcessMeter("worker")
        self.jobs = JobMeter()
        registry = self.process.registry
        registry.register(self.jobs)
        self._sent = Counter(
            "dmps_webhook_requests", "Requests to webhooks, by what came of them.", ["result"], registry=registry
        )
        self._seconds = Histogram(
            "dmps_webhook_request_seconds", "How long such a request took.", registry=registry, buckets=CALL_SECONDS
        )
        self._show("dmps_worker_slots", "Jobs that this worker runs at a time.", lambda: look().slots)
        self._show("dmps_worker_jobs", "Jobs that it holds now.", lambda: look().jobs)
        self._show("dmps_worker_children", "Child processes that it has.", lambda: look().children)
        self._show("dmps_worker_deliveries", "Deliveries to webhooks that it has under way.", lambda: look().deliveries)
        self._show("dmps_worker_draining", "1 if it takes no more jobs.", lambda: look().is_draining)

    def sent(self, status: int, code: str, seconds: float) -> None:
        """A receiver has answered with that status; or, if it is 0, did not, and the code says why."""
        self._sent.labels(f"{status // 100}xx" if status else code).inc()
        self._seconds.observe(seconds)

    def _show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A number that is looked at when the metrics are told."""
        Gauge(name, text, registry=self.process.registry).set_function(value)


class MetricsServer:
    """Tells the metrics of a worker. It runs on the worker's loop, and needs no store."""

    def __init__(self, meter: ProcessMeter, settings: Settings) -> None:
        self._meter = meter
        self._host, self._port = settings.metrics_host, settings.metrics_port
        self._token = settings.metrics_token
        self._runner: web.AppRunner | None = None

    async def work(self) -> None:
        """Until cancelled: listen, and look at the event loop."""
        try:
            await self.listen()
            await self._meter.watch_loop()
        finally:
            if self._runner is not None:
                await self._runner.cleanup()

    async def listen(self) -> None:
        """A port that is taken is an error in the log: jobs matter more."""
        app = web.Application()
        app.router.add_get(PATH, self._tell)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            log.error("metrics cannot be told", host=self._host, port=self._port, reason=error.strerror or str(error))  # noqa: TRY400 - where is all there is to say
        for host, port, *_ in self._runner.addresses:
            log.info("metrics are told", url=f"http://{host}:{port}{PATH}")

    async def _tell(self, request: web.Request) -> web.Response:
        if self._token and not is_shown(request.headers.get("Authorization", ""), self._token):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="dmps"'})
        body, content_type = self._meter.exposition(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})
