"""Removing jobs that have ended, with the files of their results."""

import asyncio

from shared.files import FileStore
from shared.job import Job
from shared.store import Store, families
from shared.store.removal import Removal, remove


async def remove_all(store: Store, files: FileStore, jobs: list[Job]) -> list[Removal]:
    """Remove those of a tenant, their files first, so that none is forgotten; each job only if nobody wrote it since.

    One that a job waits for which has not ended stays, with its file.
    """
    needed = await families.needed(store.link, jobs)
    free = [job for job in jobs if job.id not in needed]
    named = [(job.tenant, job.result_file.file_id) for job in free if job.result_file is not None]
    if named:
        await asyncio.to_thread(_free, files, named)
    outcomes = dict(zip([job.id for job in free], await remove(store.link, free), strict=True))
    return [outcomes.get(job.id, Removal.NEEDED) for job in jobs]


def _free(files: FileStore, named: list[tuple[str, str]]) -> None:
    for tenant, file_id in named:
        files.of(tenant).remove(file_id)
