"""What new jobs depend on: jobs that must be there already."""

from collections import Counter
from dataclasses import replace

from aiohttp import web

from api_service.access import tenant
from api_service.flows import MOST_JOBS, Reader
from api_service.keys import CALLBACKS, IDS, JOB_TYPES, STORE
from api_service.problems import MAX_ERRORS, FieldError
from api_service.tracing import marks
from api_service.validation import invalid
from shared.store import families

_UNKNOWN = "There is no such job."
_CROWDED = f"{families.MOST_WAITING:,} jobs wait for it. Have one more wait for it, and the others for that one."


def reader(request: web.Request, most: int = MOST_JOBS, asked: Counter[str] | None = None) -> Reader:
    """Reads the jobs that a request submits, or some of them: `asked` is then what those before depend on."""
    app = request.app
    jobs = Reader(
        app[JOB_TYPES], tenant(request), app[STORE].now(), app[IDS].next, marks(request), app[CALLBACKS], most
    )
    return jobs if asked is None else replace(jobs, asked=asked)


async def check(request: web.Request, jobs: Reader) -> None:
    """Raise a 422 `Problem` that names what is asked for, by pointer, and cannot be waited for.

    Others' jobs are as if they were not there.
    """
    if not jobs.depends_on:
        return
    link, wanted = request.app[STORE].link, {id: jobs.asked[id] for id in jobs.depends_on.values()}
    known = await families.heads(link, jobs.tenant, list(wanted))
    crowded = await families.crowded(link, jobs.tenant, wanted)
    errors = [FieldError(place, "unknown_job", _UNKNOWN) for place, id in jobs.depends_on.items() if id not in known]
    errors += [FieldError(place, "crowded_job", _CROWDED) for place, id in jobs.depends_on.items() if id in crowded]
    if errors:
        raise invalid(errors[:MAX_ERRORS])
