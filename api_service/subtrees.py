"""What is done with a job and with all that it waits for: cancel, retry, remove."""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from api_service.access import tenant
from api_service.addressed import job_id
from api_service.bulk_actions import cancel_all, retry_all
from api_service.keys import FILES, STORE
from api_service.problems import Problem
from api_service.queries import read_query
from api_service.removing import remove_all
from shared.errors import IllegalTransition, JobNotFound
from shared.job import FINISHED, Job, Status
from shared.schemas.acting import ActingSchema
from shared.store import families, trees

_QUERY = ActingSchema()


def is_asked(request: web.Request) -> bool:
    """Whether the request is about the whole subtree."""
    return bool(request.query) and bool(read_query(request, _QUERY)["subtree"])


async def cancel(request: web.Request) -> None:
    """All of it that has not ended, and that no job outside waits for; the job itself first, so that it never runs."""
    async for jobs in _parts(request, await _ids(request)):
        await cancel_all(request.app[STORE], [job for job in jobs if job.status not in FINISHED])


async def retry(request: web.Request) -> None:
    """All of it that has failed, children first: so each waits for those below."""
    async for jobs in _parts(request, (await _ids(request))[::-1]):
        await retry_all(request.app[STORE], [job for job in jobs if job.status is Status.FAILED])


async def remove(request: web.Request) -> None:
    """All of it that no job outside waits for. Raises `IllegalTransition` if some of that has not ended."""
    ids = await _ids(request)
    heads = await families.heads(request.app[STORE].link, tenant(request), ids)
    for id, (status, _) in heads.items():
        if status not in FINISHED:
            raise IllegalTransition("delete", id, status)
    async for jobs in _parts(request, ids):
        await remove_all(request.app[STORE], request.app[FILES], list(jobs))


async def _ids(request: web.Request) -> list[str]:
    """Of the jobs of the subtree, parents before children, without those that a job outside waits for.

    Raises `JobNotFound`, and a 409 `Problem` for more than can be dealt with in one request.
    """
    link, whose, root = request.app[STORE].link, tenant(request), job_id(request)
    tree = await trees.read(link, whose, root)
    if tree.nodes[root].status is None:
        raise JobNotFound(root)
    if not tree.is_whole:
        raise Problem(409, "Subtree too large", f"It has more than {trees.MOST:,} jobs. Begin further down.")
    return [root, *(id for id in await trees.exclusive(link, whose, tree) if id != root)]


async def _parts(request: web.Request, ids: Sequence[str]) -> AsyncIterator[list[Job]]:
    """The records, some at a time: a whole one may be large."""
    link, whose = request.app[STORE].link, tenant(request)
    for start in range(0, len(ids), families.MOST_RECORDS):
        found = await families.records(link, whose, ids[start : start + families.MOST_RECORDS])
        yield [job for job in found.values() if job is not None]
