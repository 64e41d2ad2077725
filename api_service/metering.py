"""What the API counts, and what it tells of the fleet when it is asked for its metrics."""

from collections.abc import Iterator, Sequence
from functools import cache

from aiohttp import web
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api_service.tracing import route_of
from shared.metrics import CALL_SECONDS, ProcessMeter
from shared.store import QueueInfo, WorkerInfo

NO_ROUTE = "none"  # the route of a path that is not there
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_QUEUES = 100  # that have series of their own: callers may name any
STREAM = "text/event-stream"


class ApiMeter:
    """Counts requests by the templates of their routes, of which there are few, never by their paths."""

    def __init__(self) -> None:
        self.process = ProcessMeter("api")
        registry = self.process.registry
        self._requests = Counter(
            "dmps_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "dmps_http_request_seconds",
            "How long requests took, but for streams of events.",
            ["route", "method"],
            registry=registry,
            buckets=CALL_SECONDS,
        )
        self._counter, self._histogram = cache(self._requests.labels), cache(self._seconds.labels)  # looked up faster
        self.fleet = FleetMeter()
        registry.register(self.fleet)

    def answered(self, request: web.Request, response: web.StreamResponse | None, seconds: float) -> None:
        """A request is over; without a response its connection broke off."""
        route = route_of(request) or NO_ROUTE
        method = request.method if request.method in METHODS else OTHER
        self._counter(route, method, "broken" if response is None else str(response.status)).inc()
        if response is None or response.content_type != STREAM:
            self._histogram(route, method).observe(seconds)


class FleetMeter(Collector):
    """The queues and the workers as they stood when they were last looked at: the same from every API process."""

    def __init__(self) -> None:
        self._is_up = False
        self._now = 0
        self._queues: Sequence[QueueInfo] = ()
        self._workers: Sequence[WorkerInfo] = ()

    def seen(self, now: int, queues: Sequence[QueueInfo], workers: Sequence[WorkerInfo]) -> None:
        """So they stand at that time (ms)."""
        self._is_up, self._now, self._queues, self._workers = True, now, queues[:MOST_QUEUES], workers

    def not_seen(self) -> None:
        """The store is away: nothing is known."""
        self._is_up, self._queues, self._workers = False, (), ()

    def collect(self) -> Iterator[Metric]:
        """For the library."""
        yield GaugeMetricFamily("dmps_store_up", "1 if the store answers.", self._is_up)
        yield self._depths()
        yield self._queue("dmps_queue_oldest_wait_seconds", "Since the oldest job that waits was due.", self._oldest())
        serving = [(queue.name, float(queue.workers)) for queue in self._queues]
        yield self._queue("dmps_queue_workers", "Workers that serve the queue.", serving)
        slots = sum(worker.slots for worker in self._workers)
        yield GaugeMetricFamily("dmps_workers", "Workers that live.", len(self._workers))
        yield GaugeMetricFamily("dmps_slots", "Slots of all workers together.", slots)
        running = sum(worker.running for worker in self._workers)
        yield GaugeMetricFamily("dmps_slots_used", "How many of them hold a job.", running)

    def _oldest(self) -> list[tuple[str, float]]:
        """0 where no job waits."""
        return [
            (queue.name, 0.0 if queue.oldest_due is None else max(0, self._now - queue.oldest_due) / 1000)
            for queue in self._queues
        ]

    def _depths(self) -> Metric:
        family = GaugeMetricFamily("dmps_queue_jobs", "Jobs of a queue, by status.", labels=("queue", "status"))
        for queue in self._queues:
            for status, depth in queue.depth.items():
                family.add_metric((queue.name, status), depth)
        return family

    @staticmethod
    def _queue(name: str, text: str, values: Sequence[tuple[str, float]]) -> Metric:
        family = GaugeMetricFamily(name, text, labels=("queue",))
        for queue, value in values:
            family.add_metric((queue,), value)
        return family
