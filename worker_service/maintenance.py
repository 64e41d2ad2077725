"""What arq's cron does for us, on every worker, each tick run by one of them."""

from collections.abc import Awaitable
from datetime import UTC
from typing import Any

import structlog
from arq.cron import CronJob, cron

from shared.errors import StoreUnavailable
from shared.file_settings import FileSettings
from shared.files import FileStore
from shared.queue import MAINTENANCE_QUEUE, deserialize, redis_settings, serialize
from shared.store import Store, counts
from worker_service import file_retention, ticking
from worker_service.engine.worker import JobWorker
from worker_service.leftovers import remove_leftovers

STORE, FILES, SETTINGS = "store", "files", "settings"  # where these stand in the ctx of these jobs
EVERY = 5  # seconds

log = structlog.get_logger(__name__)


async def give_up_missed(ctx: dict[str, Any]) -> int:
    """Jobs that wait though it is too late for them fail."""
    return await _unless_away(_give_up_missed(ctx[STORE]), "jobs for which it is too late wait on")


async def _give_up_missed(store: Store) -> int:
    total, more = await store.give_up_missed()
    while more:
        given_up, more = await store.give_up_missed()
        total += given_up
    if total:
        log.info("jobs given up: it is too late for them", jobs=total)
    return total


async def take_ticks(ctx: dict[str, Any]) -> int:
    """What schedules have due becomes jobs."""
    return await _unless_away(ticking.take_ticks(ctx[STORE]), "schedules wait for the store")


async def sample_depths(ctx: dict[str, Any]) -> int:
    """How many jobs can run now, for the charts. A minute in which the store is away has none."""
    return await _unless_away(counts.sample(ctx[STORE].link), "nothing was sampled")


async def remove_old_files(ctx: dict[str, Any]) -> int:
    """Files that are older than they may be, or one too many, go, but for those that are needed."""
    removing = file_retention.remove_old(ctx[STORE].link, ctx[FILES], ctx[SETTINGS])
    return await _unless_away(removing, "old files stay for now")


async def clear_checkpoints(ctx: dict[str, Any]) -> int:
    """The files of checkpoints that are not needed any more go."""
    removing = remove_leftovers(ctx[STORE].link, ctx[FILES])
    return await _unless_away(removing, "the files of checkpoints stay for now")


async def _unless_away(work: Awaitable[int], otherwise: str) -> int:
    """With how many that was done. While the store, or the storage of files, is away: 0; the next tick tries again."""
    try:
        return await work
    except StoreUnavailable as error:
        log.warning(otherwise, reason=str(error))
        return 0


def cron_jobs(files: FileSettings) -> list[CronJob]:
    """All of it. Where files stay for ever, there is less to look for."""
    looks = set(range(0, 60, 10)) if files.keep or files.limit else {0}
    seconds, seldom = set(range(0, 60, EVERY)), set(range(0, 60, 2 * EVERY))
    return [
        cron(give_up_missed, name="dmps:give_up_missed", second=seconds, timeout=60, run_at_startup=False),
        cron(sample_depths, name="dmps:sample_depths", second=0, timeout=30, run_at_startup=False),
        cron(remove_old_files, name="dmps:remove_old_files", minute=looks, timeout=3_600, run_at_startup=False),
        cron(clear_checkpoints, name="dmps:clear_checkpoints", second=seldom, timeout=60, run_at_startup=False),
        # Not unique: then a host whose clock is wrong takes no second from the others. The store keeps them apart.
        cron(take_ticks, name="dmps:take_ticks", second=set(range(60)), timeout=60, unique=False),
    ]


def maintenance(url: str, store: Store, files: FileStore, settings: FileSettings) -> JobWorker:
    """An arq worker for it alone: with a queue and slots of its own, so that no backlog delays it."""
    return JobWorker(
        cron_jobs=cron_jobs(settings),
        queue_name=MAINTENANCE_QUEUE,
        redis_settings=redis_settings(url),
        ctx={STORE: store, FILES: files, SETTINGS: settings},
        handle_signals=False,
        job_serializer=serialize,
        job_deserializer=deserialize,
        timezone=UTC,
        log_results=False,
    )
