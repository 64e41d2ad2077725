"""What is told of attempts: a line of the log for each that is news; where somebody asks for it, counts and spans."""

import logging

import structlog

from shared.job import Job, Status
from shared.logs import marks
from worker_service.engine.spans import AttemptSpans
from worker_service.job_meter import JobMeter
from worker_service.runner import Perform

log = structlog.get_logger(__name__)


class Report:
    """Of one engine."""

    def __init__(self, meter: JobMeter | None = None, spans: AttemptSpans | None = None) -> None:
        self._meter = meter
        self._spans = spans

    def began(self, job: Job, perform: Perform) -> Perform:
        """An attempt begins. Answers how it is to be performed."""
        return perform if self._spans is None else self._spans.began(job, perform)

    def settled(self, held: Job, job: Job) -> None:
        """How the attempt ended that was begun with the job as it was `held`."""
        if self._meter is not None:
            self._meter.settled(held, job)
        if self._spans is not None:
            self._spans.settled(held, job)
        _report(job)

    def refused(self, job: Job) -> None:
        """The store has refused how an attempt ended."""
        log.warning("late result refused", **marks(job), fence=job.fence)
        if self._meter is not None:
            self._meter.of(job).refused += 1
        if self._spans is not None:
            self._spans.dropped(job, "refused")

    def lease_lost(self, job: Job) -> None:
        """Another worker may have it now."""
        log.warning("lease lost", **marks(job), fence=job.fence)
        if self._meter is not None:
            self._meter.of(job).lost += 1
        if self._spans is not None:
            self._spans.dropped(job, "lease_lost")

    def recovered(self, job: Job) -> None:
        """It was taken over."""
        log.warning("recovered", **marks(job), losses=job.losses)
        if self._meter is not None:
            self._meter.of(job).recovered += 1


def _report(job: Job) -> None:
    if job.status is Status.COMPLETED and not logging.getLogger(__name__).isEnabledFor(logging.DEBUG):
        return  # most jobs end so; their facts would cost more than their settling
    last = job.attempts[-1] if job.attempts else None  # none, if it was too late to run it
    attempt = last.number if last else 0
    if job.status is Status.COMPLETED:
        log.debug("completed", **marks(job), attempt=attempt)
        return
    error = job.error or (last.error if last else None)
    reason = error.code if error else last and last.outcome.value  # its message may quote the payload
    log.info(job.status.value, **marks(job), attempt=attempt, reason=reason, error=error.type if error else None)
