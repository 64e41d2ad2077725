"""Removing jobs that have ended, with the files of their results."""

import asyncio

from shared.files import FileStore
from shared.job import Job
from shared.store import Store
from shared.store.removal import Removal, remove


async def remove_all(store: Store, files: FileStore, jobs: list[Job]) -> list[Removal]:
    """Remove them, their files first, so that none is forgotten; each job only if nobody wrote it since."""
    named = [(job.tenant, job.result_file.file_id) for job in jobs if job.result_file is not None]
    if named:
        await asyncio.to_thread(_free, files, named)
    return await remove(store.link, jobs)


def _free(files: FileStore, named: list[tuple[str, str]]) -> None:
    for tenant, file_id in named:
        files.of(tenant).remove(file_id)
