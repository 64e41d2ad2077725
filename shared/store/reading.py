"""What stands beside a job's record, and the record itself as long as there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.codec import read_job
from shared.errors import JobNotFound
from shared.job import Job
from shared.store import keys
from shared.store.connection import store_errors
from shared.store.link import Link


@dataclass(frozen=True)
class LogLines:
    """Some lines of a job's log, and how many there are in all."""

    lines: Sequence[str]
    total: int


async def record(link: Link, tenant: str, job_id: str) -> Job:
    """A job, also one whose time is over as long as it has not been removed. Raises `JobNotFound`."""
    with store_errors():
        job = read_job(await link.redis.get(keys.JOB + job_id))
    if job is None or job.tenant != tenant:
        raise JobNotFound(job_id)
    return job


async def log_lines(link: Link, job_id: str, offset: int, count: int) -> LogLines:
    """Lines of a job's log from the one at `offset` on, the oldest first."""
    pipe = link.redis.pipeline(transaction=True)
    pipe.execute_command("LRANGE", keys.LOG + job_id, offset, offset + count - 1)
    pipe.execute_command("LLEN", keys.LOG + job_id)
    with store_errors():
        lines, total = await pipe.execute()
    return LogLines([line.decode(errors="replace") for line in lines], total)
