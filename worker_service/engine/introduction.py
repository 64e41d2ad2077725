"""What a worker says of itself every two seconds."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from shared.names import WEBHOOKS
from shared.settings import Settings
from shared.store.views import RunningJob, WorkerInfo
from shared.version import version
from worker_service.engine.holding import Holding
from worker_service.engine.loop import Engine

MOST_JOBS = 100  # that it tells of
STATM = Path("/proc/self/statm")
RESIDENT = 1  # its field: pages that are in memory (proc(5))


def introduce(engine: Engine, settings: Settings, types: Iterable[str], started_at: int) -> WorkerInfo:
    """Called by the renewal thread."""
    return WorkerInfo(
        id=engine.name,
        host=settings.worker_host,
        pid=os.getpid(),
        types=tuple(sorted(types)),
        slots=engine.slots,
        running=len(engine.holding),
        started_at=started_at,
        version=version(),
        queues={**settings.queues, WEBHOOKS: 1},  # which every worker serves, beside its jobs
        memory=_resident_memory(),
        jobs=_jobs(engine.holding),
        draining=engine.is_draining,
        clock=time.time_ns() // 1_000_000,
    )


def _jobs(holding: Holding) -> tuple[RunningJob, ...]:
    """The oldest first."""
    jobs = [hold.job for hold in holding if hold.ending is None][:MOST_JOBS]
    return tuple(RunningJob(job.id, job.type, job.claimed_at, job.tenant) for job in jobs)


def _resident_memory() -> int:
    """In bytes, without children; 0 where there is no Linux to ask."""
    try:
        return int(STATM.read_bytes().split()[RESIDENT]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
