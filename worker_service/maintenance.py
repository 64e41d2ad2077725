"""What arq's cron does for us, on every worker, each tick run by one of them."""

from datetime import UTC
from typing import Any

import structlog
from arq.cron import CronJob, cron

from shared.errors import StoreUnavailable
from shared.files import FileStore
from shared.queue import MAINTENANCE_QUEUE, deserialize, redis_settings, serialize
from shared.store import Store
from worker_service import ticking
from worker_service.engine.worker import JobWorker
from worker_service.leftovers import remove_leftovers

STORE, FILES = "store", "files"  # where these stand in the ctx of these jobs
EVERY = 5  # seconds

log = structlog.get_logger(__name__)


async def give_up_missed(ctx: dict[str, Any]) -> int:
    """Jobs that wait though it is too late for them fail."""
    store: Store = ctx[STORE]
    total, more = await store.give_up_missed()
    while more:
        given_up, more = await store.give_up_missed()
        total += given_up
    if total:
        log.info("jobs given up: it is too late for them", jobs=total)
    return total


async def take_ticks(ctx: dict[str, Any]) -> int:
    """What schedules have due becomes jobs."""
    try:
        return await ticking.take_ticks(ctx[STORE])
    except StoreUnavailable as error:
        log.warning("schedules wait for the store", reason=str(error))
        return 0


async def clear_checkpoints(ctx: dict[str, Any]) -> int:
    """The files of checkpoints that are not needed any more go."""
    store: Store = ctx[STORE]
    try:
        return await remove_leftovers(store.link, ctx[FILES])
    except StoreUnavailable as error:
        log.warning("the files of checkpoints stay for now", reason=str(error))
        return 0


def cron_jobs() -> list[CronJob]:
    """All of it."""
    seconds, seldom = set(range(0, 60, EVERY)), set(range(0, 60, 2 * EVERY))
    return [
        cron(give_up_missed, name="dmps:give_up_missed", second=seconds, timeout=60, run_at_startup=False),
        cron(clear_checkpoints, name="dmps:clear_checkpoints", second=seldom, timeout=60, run_at_startup=False),
        # Not unique: then a host whose clock is wrong takes no second from the others. The store keeps them apart.
        cron(take_ticks, name="dmps:take_ticks", second=set(range(60)), timeout=60, unique=False),
    ]


def maintenance(url: str, store: Store, files: FileStore) -> JobWorker:
    """An arq worker for it alone: with a queue and slots of its own, so that no backlog delays it."""
    return JobWorker(
        cron_jobs=cron_jobs(),
        queue_name=MAINTENANCE_QUEUE,
        redis_settings=redis_settings(url),
        ctx={STORE: store, FILES: files},
        handle_signals=False,
        job_serializer=serialize,
        job_deserializer=deserialize,
        timezone=UTC,
        log_results=False,
    )
