"""What new jobs depend on: jobs that must be there already."""

from collections.abc import Mapping

from aiohttp import web

from api_service.access import tenant
from api_service.flows import MOST_JOBS, Reader
from api_service.keys import CALLBACKS, IDS, JOB_TYPES, STORE
from api_service.problems import MAX_ERRORS, FieldError
from api_service.tracing import marks
from api_service.validation import invalid
from shared.store import families


def reader(request: web.Request, most: int = MOST_JOBS) -> Reader:
    """Reads the jobs that a request submits."""
    app = request.app
    now = app[STORE].now()
    return Reader(app[JOB_TYPES], tenant(request), now, app[IDS].next, marks(request), app[CALLBACKS], most)


async def check(request: web.Request, depends_on: Mapping[str, str]) -> None:
    """Raise a 422 `Problem` that names what is asked for, by pointer, and is not there: others' jobs count as such."""
    if not depends_on:
        return
    ids = list(dict.fromkeys(depends_on.values()))
    known = await families.heads(request.app[STORE].link, tenant(request), ids)
    missing = [pointer for pointer, id in depends_on.items() if id not in known][:MAX_ERRORS]
    if missing:
        raise invalid([FieldError(pointer, "unknown_job", "There is no such job.") for pointer in missing])
