"""What is done with a job and with all that it waits for: cancel, retry, remove."""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from api_service.bulk_actions import cancel_all, retry_all
from api_service.problems import Problem
from api_service.queries import read_query
from api_service.removing import remove_all
from shared.errors import IllegalTransition, JobNotFound
from shared.files import FileStore
from shared.job import FINISHED, Job, Status
from shared.schemas.acting import ActingSchema
from shared.store import Store, families, trees
from shared.store.removal import Removal

_QUERY = ActingSchema()


def is_asked(request: web.Request) -> bool:
    """Whether the request is about the whole subtree."""
    return bool(request.query) and bool(read_query(request, _QUERY)["subtree"])


async def cancel(store: Store, tenant: str, root: str) -> None:
    """All of it that has not ended and that no job outside waits for: parents first, so that none is released."""
    async for jobs in _parts(store, tenant, await _ids(store, tenant, root)):
        await cancel_all(store, [job for job in jobs if job.status not in FINISHED])


async def retry(store: Store, tenant: str, root: str) -> None:
    """All of it that has failed, children first: so each waits for those below."""
    async for jobs in _parts(store, tenant, (await _ids(store, tenant, root))[::-1]):
        await retry_all(store, [job for job in jobs if job.status is Status.FAILED])


async def remove(store: Store, files: FileStore, root: Job) -> Removal:
    """All of it that no job outside waits for, or nothing if the job itself stays. Answers what became of that.

    Raises `IllegalTransition` if some of it has not ended.
    """
    ids = await _ids(store, root.tenant, root.id)
    heads = await families.heads(store.link, root.tenant, ids)
    for id, (status, _) in heads.items():
        if status not in FINISHED:
            raise IllegalTransition("delete", id, status)
    (outcome,) = await remove_all(store, files, [root])
    if outcome not in {Removal.CHANGED, Removal.NEEDED}:
        async for jobs in _parts(store, root.tenant, ids[1:]):
            await remove_all(store, files, jobs)
    return outcome


async def _ids(store: Store, tenant: str, root: str) -> list[str]:
    """Of the jobs of the subtree, each before what it waits for, without those that a job outside waits for.

    Raises `JobNotFound`, and a 409 `Problem` for more than can be dealt with in one request.
    """
    tree = await trees.read(store.link, tenant, root)
    if tree.nodes[root].status is None:
        raise JobNotFound(root)
    if not tree.is_whole:
        raise Problem(409, "Subtree too large", f"It has more than {trees.MOST:,} jobs. Begin further down.")
    return await trees.exclusive(store.link, tenant, tree)


async def _parts(store: Store, tenant: str, ids: Sequence[str]) -> AsyncIterator[list[Job]]:
    """The records, some at a time: a whole one may be large."""
    for start in range(0, len(ids), families.MOST_RECORDS):
        found = await families.records(store.link, tenant, ids[start : start + families.MOST_RECORDS])
        yield [job for job in found.values() if job is not None]
