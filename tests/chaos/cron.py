"""Our worker with one more of arq's cron jobs, which notes each tick. Run by `arq tests.chaos.cron.Settings`."""

import os
from typing import Any

from arq import cron

import worker_service
from tests.chaos.ledger import note

LEDGER = "CHAOS_TICKS"  # names the environment variable that names the file


async def tick(ctx: dict[str, Any]) -> None:
    note(os.environ[LEDGER], ctx["job_id"], ctx["job_try"], "started", os.getpid())


_ours = worker_service.WorkerSettings
_crons = [*_ours.cron_jobs, cron(tick, second=set(range(60)))]
# arq reads a class's own attributes only, so this is no subclass.
Settings = type("Settings", (), {**vars(_ours), "cron_jobs": _crons})
