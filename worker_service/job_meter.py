"""What a worker counts of its jobs. Counting one takes about two microseconds: the library is only asked to tell."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.job import FINISHED, Job, Outcome, Status
from shared.metrics import Timings

SENT_BACK = frozenset({Outcome.LOST, Outcome.INTERRUPTED})  # a job that goes on after these was due long ago


@dataclass(slots=True)
class Series:
    """The jobs of one type in one queue. What is counted begins at 0: Prometheus takes a first 1 for no increase."""

    attempts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(Outcome, 0)))
    jobs: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FINISHED, 0)))  # that ended, by status
    retries: Counter[str] = field(default_factory=Counter)  # by the code of the failure
    recovered: int = 0
    lost: int = 0
    refused: int = 0
    wait: Timings = field(default_factory=Timings)
    run: Timings = field(default_factory=Timings)
    total: Timings = field(default_factory=Timings)


class JobMeter(Collector):
    """Counts jobs by type and queue: a worker serves few of either."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], Series] = {}

    def of(self, job: Job) -> Series:
        """Those that the job belongs to."""
        key = job.type, job.queue
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = Series()
        return found

    def settled(self, held: Job, job: Job) -> None:
        """The store has taken the end of an attempt, or that none was made; `held` is the job as it was claimed."""
        series = self.of(job)
        if len(job.attempts) > len(held.attempts):
            _attempted(series, held, job)
        if job.status in FINISHED:
            series.jobs[job.status] += 1
            if job.status is Status.COMPLETED and job.completed_at is not None:
                series.total.add(job.completed_at - job.created_at)

    def collect(self) -> Iterator[Metric]:
        """For the library."""
        yield from (self._attempts(), self._jobs(), self._retries())
        yield self._count("dmps_recovered", "Jobs taken over from a lost worker.", lambda series: series.recovered)
        yield self._count("dmps_leases_lost", "Leases lost while the job ran here.", lambda series: series.lost)
        yield self._count("dmps_refused", "Ends refused: the job was another attempt's.", lambda series: series.refused)
        yield self._times("dmps_job_wait_seconds", "From due to claimed.", lambda series: series.wait)
        yield self._times("dmps_job_run_seconds", "From claimed to the attempt's end.", lambda series: series.run)
        yield self._times("dmps_job_total_seconds", "From submitted to completed.", lambda series: series.total)

    def _attempts(self) -> Metric:
        text = "Attempts that ended here, by outcome."
        return self._words("dmps_attempts", text, "outcome", lambda series: series.attempts)

    def _jobs(self) -> Metric:
        return self._words("dmps_jobs", "Jobs that ended here, by status.", "status", lambda series: series.jobs)

    def _retries(self) -> Metric:
        text = "Failed attempts that another follows, by the code of the failure."
        return self._words("dmps_retries", text, "reason", lambda series: series.retries)

    def _words(self, name: str, text: str, label: str, part: Callable[[Series], Mapping[str, int]]) -> Metric:
        family = CounterMetricFamily(name, text, labels=("type", "queue", label))
        for key, series in list(self._series.items()):
            for word, count in part(series).items():
                family.add_metric((*key, word), count)
        return family

    def _count(self, name: str, text: str, part: Callable[[Series], int]) -> Metric:
        family = CounterMetricFamily(name, text, labels=("type", "queue"))
        for key, series in list(self._series.items()):
            family.add_metric(key, part(series))
        return family

    def _times(self, name: str, text: str, part: Callable[[Series], Timings]) -> Metric:
        family = HistogramMetricFamily(name, text, labels=("type", "queue"))
        for key, series in list(self._series.items()):
            timings = part(series)
            family.add_metric(key, timings.buckets(), timings.seconds)
        return family


def _attempted(series: Series, held: Job, job: Job) -> None:
    last = job.attempts[-1]
    series.attempts[last.outcome] += 1
    series.run.add(last.ended_at - last.started_at)
    if not held.child_count and not (held.attempts and held.attempts[-1].outcome in SENT_BACK):
        series.wait.add(max(0, held.claimed_at - held.run_at))
    if job.status is Status.RETRYING and last.error is not None:
        series.retries[last.error.code] += 1
