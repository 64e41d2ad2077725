"""Who wants to know what a worker does, beside its log: a meter and a tracer, where the operator asks for them."""

from dataclasses import dataclass

from shared.spans import Tracer
from worker_service.engine.report import Report
from worker_service.engine.spans import AttemptSpans
from worker_service.metrics import WorkerMeter


@dataclass(frozen=True)
class Observers:
    """Either may be missing, and costs nothing then."""

    meter: WorkerMeter | None = None
    tracer: Tracer | None = None

    def report(self) -> Report:
        """For one engine."""
        return Report(
            None if self.meter is None else self.meter.jobs, None if self.tracer is None else AttemptSpans(self.tracer)
        )
