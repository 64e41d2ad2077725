"""Jobs: submit one, look at one, list them, cancel one, retry one."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from api_service import views
from api_service.answers import answer_cacheable, answer_json, encode
from api_service.bodies import read_json
from api_service.keys import IDS, JOB_TYPES, SETTINGS, STORE
from api_service.problems import FieldError
from api_service.submissions import new_job
from api_service.validation import child, invalid, load
from shared import lifecycle
from shared.errors import JobNotFound
from shared.ids import is_id
from shared.job import DEFAULT_TENANT, FINISHED, QUEUED, Job, Status
from shared.schemas.listing import ListingSchema, page_token
from shared.store import JobFilter, JobView

_LISTING = ListingSchema()
_REPEATABLE = frozenset({"status", "type"})


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs`: 202 once the store holds the job."""
    app = request.app
    text = await read_json(request, app[SETTINGS].max_body)
    now = app[STORE].now()
    job = new_job(text, app[JOB_TYPES], id=app[IDS].next(now), now=now)
    await app[STORE].submit([job])
    body = {"message": "Job submitted successfully", "jobId": job.id, "status": job.status}
    return answer_json(body, 202, {"Location": views.job_path(job.id)})


async def view(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}`."""
    found = await request.app[STORE].view(DEFAULT_TENANT, _job_id(request))
    return answer_cacheable(request, encode(await _whole(request, found)))


async def list_jobs(request: web.Request) -> web.Response:
    """`GET /api/jobs`: newest first. A page may be short, even empty, and yet have a next one."""
    page = await request.app[STORE].page(DEFAULT_TENANT, _filter(request))
    token = None if page.next is None else page_token(page.next)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    return answer_json({"jobs": [views.brief(job) for job in page.jobs], "nextPageToken": token}, headers=headers)


async def cancel(request: web.Request) -> web.Response:
    """`POST /api/jobs/{id}/cancel`: 200 once the job is cancelled, 202 while it still runs: its worker is told to stop.

    Again is harmless: the worker is told again.
    """
    store = request.app[STORE]
    now = store.now()
    job = await _change(request, lambda job: job if job.status is Status.CANCELLED else lifecycle.cancel(job, now))
    if job.status in FINISHED:
        return answer_json(views.whole(JobView(job)))
    await store.send(job.worker, {"cancel": job.id, "fence": job.fence})
    found = await store.view(DEFAULT_TENANT, job.id)  # it may have ended since
    return answer_json(await _whole(request, found), 200 if found.job.status in FINISHED else 202)


async def retry(request: web.Request) -> web.Response:
    """`POST /api/jobs/{id}/retry`: of a failed job."""
    now = request.app[STORE].now()
    job = await _change(request, lambda job: lifecycle.retry(job, now))
    return answer_json(await _whole(request, JobView(job)), 202, {"Location": views.job_path(job.id)})


ROUTES = (
    web.post("/api/jobs", submit),
    web.get("/api/jobs", list_jobs),
    web.get("/api/jobs/{id}", view),
    web.post("/api/jobs/{id}/cancel", cancel),
    web.post("/api/jobs/{id}/retry", retry),
)


async def _whole(request: web.Request, view: JobView) -> dict[str, Any]:
    """All there is to know of a job; of one that waits, also what stands before it."""
    waits = view.job.status in QUEUED
    return views.whole(view, await request.app[STORE].outlook(view.job) if waits else None)


async def _change(request: web.Request, change: Callable[[Job], Job]) -> Job:
    return await request.app[STORE].change(DEFAULT_TENANT, _job_id(request), change)


def _job_id(request: web.Request) -> str:
    job_id = request.match_info["id"]
    if not is_id(job_id):
        raise JobNotFound(job_id)
    return job_id


def _filter(request: web.Request) -> JobFilter:
    query = request.query
    given = {name: query.getall(name) if name in _REPEATABLE else query[name] for name in query}
    asked, errors = load(_LISTING, given)
    errors += [
        FieldError(child("", name), "repeated", "May be given only once.")
        for name in given
        if name not in _REPEATABLE and len(query.getall(name)) > 1
    ]
    if errors:
        raise invalid(errors)
    return JobFilter(
        statuses=tuple(map(Status, asked["status"])),
        types=tuple(asked["type"]),
        tag=asked.get("tag"),
        page_size=asked["page_size"],
        before=asked["page_token"],
    )
