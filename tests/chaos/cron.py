"""Our worker with one of arq's cron jobs, which notes each tick. Run by `arq tests.chaos.cron.Settings`."""

import os
from typing import Any

from arq import cron

from tests.chaos.ledger import note
from worker_service import worker_settings

LEDGER = "CHAOS_TICKS"  # names the environment variable that names the file


async def tick(ctx: dict[str, Any]) -> None:
    note(os.environ[LEDGER], ctx["job_id"], ctx["job_try"], "started", os.getpid())


Settings = worker_settings({"cron_jobs": [cron(tick, second=set(range(60)))]})
