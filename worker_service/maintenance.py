"""What arq's cron does for us, on every worker, each tick run by one of them."""

from typing import Any

import structlog
from arq.cron import CronJob, cron

from shared.store import MOST_JOBS_A_CALL, Store

STORE = "store"  # where `on_startup` leaves the store in arq's ctx
EVERY = 5  # seconds

log = structlog.get_logger(__name__)


async def remove_expired(ctx: dict[str, Any]) -> int:
    """Retention: finished jobs whose time is over go, with all their traces."""
    store: Store = ctx[STORE]
    total = removed = await store.expire()
    while removed == MOST_JOBS_A_CALL:
        removed = await store.expire()
        total += removed
    if total:
        log.info("expired jobs removed", jobs=total)
    return total


def cron_jobs() -> list[CronJob]:
    """All of it."""
    return [cron(remove_expired, second=set(range(0, 60, EVERY)), timeout=60, run_at_startup=False)]
