"""Schedules at work: what is due becomes jobs. Any number of workers may do so at once, by any clock of theirs.

The store gives a schedule that has something to do to one worker at a time, by its own clock, and takes back what is to
become of its ticks only from one who knew it as it stands. So a worker that is lost at any moment loses no tick and
doubles none, and one that comes too late changes nothing.
"""

import structlog

from shared import schedules
from shared.errors import DmpsError, IllegalTransition, JobNotFound, StoreUnavailable
from shared.schedules import Step
from shared.store import Store, stopping
from shared.store.schedules import OUT_OF_ORDER, Up, save, take

log = structlog.get_logger(__name__)


async def take_ticks(store: Store) -> int:
    """All that is due now. Answers how many jobs were submitted. Raises `StoreUnavailable`."""
    submitted, more = 0, True
    while more:
        up, more = await take(store.link)
        for each in up:
            submitted += await _take(store, each)
    return submitted


async def _take(store: Store, up: Up) -> int:
    """What is wrong with one schedule, whatever it is, stands in its history, and stops no other."""
    schedule, now = up.schedule, store.now()
    try:
        step = schedules.take(schedule, now, is_busy=up.is_busy)
        if step.cancels:
            await _cancel(store, schedule.tenant, step.cancels)
        is_written = await save(store.link, step)
    except StoreUnavailable:
        raise
    except Exception as error:
        log.exception("a schedule is out of order", schedule=schedule.id)
        told = str(error) if isinstance(error, DmpsError | ValueError) else "It is out of order."
        await save(store.link, schedules.failed(schedule, now, told), look_again=now + OUT_OF_ORDER)
        return 0
    return _told(step) if is_written else 0


async def _cancel(store: Store, tenant: str, job_id: str) -> None:
    try:
        await stopping.cancel(store, tenant, job_id)
    except (JobNotFound, IllegalTransition):
        log.debug("the job of a schedule had ended", job=job_id)


def _told(step: Step) -> int:
    if step.jobs:
        log.debug("schedule: jobs submitted", schedule=step.schedule.id, jobs=len(step.jobs))
    return len(step.jobs)
