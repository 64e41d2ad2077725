"""A line of the log for each settled attempt that is news."""

import logging

import structlog

from shared.job import Job, Status

log = structlog.get_logger(__name__)


def report(job: Job) -> None:
    """Tell how the job's last attempt ended."""
    if job.status is Status.COMPLETED and not logging.getLogger(__name__).isEnabledFor(logging.DEBUG):
        return  # most jobs end so; their facts would cost more than their settling
    last = job.attempts[-1] if job.attempts else None  # none, if it was too late to run it
    facts = {"job": job.id, "type": job.type, "attempt": last.number if last else 0}
    if job.status is Status.COMPLETED:
        log.debug("completed", **facts)
        return
    reason = job.error or (last.error if last else None)
    log.info(job.status.value, **facts, reason=reason.message if reason else last and last.outcome.value)
