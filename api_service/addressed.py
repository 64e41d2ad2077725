"""The job that a request is about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from api_service import views
from api_service.access import tenant
from api_service.keys import STORE
from shared.errors import JobNotFound
from shared.ids import is_id
from shared.job import QUEUED, Job
from shared.store import JobView, families

JOB = f"{views.PATH}/{{id:(?!batch$)[^/]+}}"  # a batch can be submitted, not read
ID = {"id": "The job's id, as its submission answered it."}


def job_id(request: web.Request) -> str:
    """Its id. Raises `JobNotFound` for what could not be one."""
    asked = request.match_info["id"]
    if not is_id(asked):
        raise JobNotFound(asked)
    return asked


async def change(request: web.Request, verb: Callable[[Job], Job]) -> Job:
    """Apply a verb of the lifecycle to it. Raises `JobNotFound`, and what the verb raises."""
    return await request.app[STORE].change(tenant(request), job_id(request), verb)


async def whole(request: web.Request, view: JobView) -> dict[str, Any]:
    """All there is to know of a job; of one that waits, also what stands before it."""
    store, job = request.app[STORE], view.job
    if job.child_count and not view.children:
        view = replace(view, children=(await families.of(store.link, [job])).get(job.id, ()))
    return views.whole(view, await store.outlook(job) if job.status in QUEUED else None)
