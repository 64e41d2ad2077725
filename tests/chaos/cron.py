"""Our worker with one of arq's cron jobs, which notes each tick. Run by `arq tests.chaos.cron.Settings`."""

import os
from typing import Any

import arq.worker
from arq import cron

from tests.chaos.ledger import note
from worker_service import worker_settings

LEDGER = "CHAOS_TICKS"  # names the environment variable that names the file

# arq knows for a minute that a tick was run. So that a worker that comes later than that is tried within the trial:
arq.worker.keep_cronjob_progress = 1  # type: ignore[attr-defined] # second


async def tick(ctx: dict[str, Any]) -> None:
    note(os.environ[LEDGER], ctx["job_id"], ctx["job_try"], "started", os.getpid())


Settings = worker_settings({"cron_jobs": [cron(tick, second=set(range(60)))]})
