"""The work of jobs that do nothing."""

from typing import Any

from benchmarks.noop.job_types import NOOP, NOOP_CHILD, STAMP
from benchmarks.noop.stamps import write_latency
from worker_service.processors import JobContext, processes


@processes(NOOP)
async def noop(job: JobContext, payload: dict[str, Any]) -> None:
    """Do nothing, on the event loop."""


@processes(NOOP_CHILD)
def noop_child(job: JobContext, payload: dict[str, Any]) -> None:
    """Do nothing, in a child process."""


@processes(STAMP)
async def stamp(_: JobContext, payload: dict[str, Any]) -> None:
    """Write down how long ago the job was submitted."""
    write_latency(payload["submitted_at"])
