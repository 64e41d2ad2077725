"""Metrics, as Prometheus and OpenMetrics have them: what both services count alike, and how it is told.

`docs/metrics.md` lists them all. Each process has a registry of its own; prometheus-client's global one is not used.
"""

import asyncio
import hmac
import time
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from shared.cancelling import was_cancelled
from shared.job import Job
from shared.version import version

MEDIA_TYPES = ("text/plain", "application/openmetrics-text")
JOB_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0)
CALL_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCH_JOBS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
LOOK_EVERY = 0.5  # seconds

_JOB_MS = tuple(round(seconds * 1000) for seconds in JOB_SECONDS)


class Timings:
    """A histogram of times in milliseconds, by `JOB_SECONDS`; adding one costs a fraction of what the library takes."""

    __slots__ = ("_counts", "_total")

    def __init__(self) -> None:
        self._counts = [0] * (len(_JOB_MS) + 1)
        self._total = 0

    def add(self, milliseconds: int) -> None:
        """One more."""
        self._counts[bisect_left(_JOB_MS, milliseconds)] += 1
        self._total += milliseconds

    @property
    def seconds(self) -> float:
        """All of them together."""
        return self._total / 1000

    def buckets(self) -> list[tuple[str, float]]:
        """How many took at most so many seconds, as an exposition has it."""
        total, found = 0, []
        for edge, count in zip((*map(str, JOB_SECONDS), "+Inf"), self._counts, strict=True):
            total += count
            found.append((edge, float(total)))
        return found


class ProcessMeter:
    """What any process of ours counts: its calls to the store, and how late its event loop is."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        info = Gauge(
            "dmps_build_info", "1, of this service and version.", ["service", "version"], registry=self.registry
        )
        info.labels(service, version()).set(1)
        self._calls = Histogram(
            "dmps_store_call_seconds",
            "Round trips of scripts to the store, by the scripts of a call.",
            ["call"],
            registry=self.registry,
            buckets=CALL_SECONDS,
        )
        self._failures = Counter(
            "dmps_store_call_failures", "Such calls that failed.", ["call"], registry=self.registry
        )
        self._lag = Histogram(
            "dmps_event_loop_lag_seconds",
            "By how much the event loop was late, looked at twice a second.",
            registry=self.registry,
            buckets=CALL_SECONDS,
        )
        self._submitted = Counter(
            "dmps_jobs_submitted", "Jobs submitted by this process, by type.", ["type"], registry=self.registry
        )
        self._batches = Histogram(
            "dmps_batch_jobs",
            "Jobs in one call to the store, by what is done with them.",
            ["verb"],
            registry=self.registry,
            buckets=BATCH_JOBS,
        )

    def called(self, scripts: str, seconds: float, *, failed: bool) -> None:
        """The store has answered a call, or not."""
        self._calls.labels(scripts).observe(seconds)
        if failed:
            self._failures.labels(scripts).inc()

    def handled(self, verb: str, jobs: int) -> None:
        """So many jobs were settled, or claimed, in one call."""
        if jobs:
            self._batches.labels(verb).observe(jobs)

    def submitted(self, jobs: Sequence[Job]) -> None:
        """These were, in one call."""
        self.handled("submit", len(jobs))
        for type, count in Tally(job.type for job in jobs).items():
            self._submitted.labels(type).inc(count)

    async def watch_loop(self) -> None:
        """Until cancelled."""
        while not was_cancelled():
            due = time.perf_counter() + LOOK_EVERY
            await asyncio.sleep(LOOK_EVERY)
            self._lag.observe(max(0.0, time.perf_counter() - due))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All metrics, and their content type, in the format that a scraper asks for by its `Accept`."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type


def is_shown(authorization: str, token: str) -> bool:
    """Whether a request's `Authorization` shows the token of the metrics."""
    scheme, _, shown = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
