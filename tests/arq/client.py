"""What tests do as a client of arq's."""

from typing import Any

from arq import ArqRedis
from arq.jobs import Job, JobStatus

from tests.waiting import until

NOTES = "notes"  # the list in which jobs and hooks note what happens


async def enqueue(client: ArqRedis, function: str, *args: Any, **options: Any) -> Job:
    """A job in arq's default queue."""
    job = await client.enqueue_job(function, *args, **options)
    assert job is not None
    return job


async def result(job: Job, within: float = 15) -> Any:
    """As arq's client asks for it, but more often."""
    return await job.result(within, poll_delay=0.02)


async def in_status(job: Job, status: JobStatus) -> None:
    """Wait until it is."""

    async def look() -> bool:
        return await job.status() is status

    await until(look, f"{job} {status}")


async def notes(client: Any) -> list[str]:
    """All that jobs and hooks have noted."""
    return [entry.decode() for entry in await client.lrange(NOTES, 0, -1)]


async def noted(client: ArqRedis, word: str, count: int = 1) -> list[str]:
    """The notes that begin with that word, once there are so many."""

    async def look() -> list[str] | None:
        found = [note for note in await notes(client) if note.split()[0] == word]
        return found if len(found) >= count else None

    return await until(look, f"{count} notes of {word!r}")
