"""What can be done with a job: cancel it, retry it."""

from aiohttp import web

from api_service import subtrees, views
from api_service.access import Role, tenant
from api_service.addressed import ID, change, job_id, whole
from api_service.answers import answer_json
from api_service.keys import STORE
from api_service.problem_types import JOB_NOT_FOUND, STATUS_FORBIDS, SUBTREE_TOO_LARGE
from api_service.routes import Answer, Operation, post
from api_service.schemas.jobs import JobSchema
from shared import lifecycle
from shared.job import FINISHED
from shared.schemas.acting import ActingSchema
from shared.store import JobView, stopping


async def cancel(request: web.Request) -> web.Response:
    """`POST /api/jobs/{id}/cancel`: 200 once the job is cancelled, 202 while it still runs: its worker is told to stop.

    Again is harmless: the worker is told again.
    """
    store = request.app[STORE]
    is_subtree = subtrees.is_asked(request)
    job = await stopping.cancel(store, tenant(request), job_id(request))
    if is_subtree:
        await subtrees.cancel(store, job.tenant, job.id)
    if job.status in FINISHED:
        return answer_json(await whole(request, JobView(job)))
    found = await store.view(tenant(request), job.id)  # it may have ended since
    return answer_json(await whole(request, found), 200 if found.job.status in FINISHED else 202)


async def retry(request: web.Request) -> web.Response:
    """`POST /api/jobs/{id}/retry`: of a failed job."""
    store = request.app[STORE]
    if subtrees.is_asked(request):
        await check_failed(request)
        await subtrees.retry(store, tenant(request), job_id(request))
        job = (await store.view(tenant(request), job_id(request))).job
    else:
        job = await change(request, lambda job: lifecycle.retry(job, store.now()))
    return answer_json(await whole(request, JobView(job)), 202, {"Location": views.job_path(job.id)})


async def check_failed(request: web.Request) -> None:
    """Raises what retrying the job itself would."""
    found = await request.app[STORE].view(tenant(request), job_id(request))
    lifecycle.retry(found.job, 0)


ROUTES = (
    post(
        f"{views.PATH}/{{id}}/cancel",
        cancel,
        Operation(
            "cancelJob",
            Role.SUBMITTER,
            "Cancel a job.",
            (
                Answer(200, "The job is cancelled.", JobSchema),
                Answer(202, "The job still runs; its worker is told to stop it.", JobSchema),
            ),
            "Again is harmless. A job that waits for it fails, unless its `onChildFailure` says otherwise.",
            path=ID,
            query=ActingSchema,
            refusals=(JOB_NOT_FOUND, STATUS_FORBIDS, SUBTREE_TOO_LARGE),
        ),
    ),
    post(
        f"{views.PATH}/{{id}}/retry",
        retry,
        Operation(
            "retryJob",
            Role.OPERATOR,
            "Give a failed job all its attempts again.",
            (Answer(202, "The job waits again.", JobSchema, headers=("Location",)),),
            "One that waited for others does so again, if `subtree` has these retried.",
            path=ID,
            query=ActingSchema,
            refusals=(JOB_NOT_FOUND, STATUS_FORBIDS, SUBTREE_TOO_LARGE),
        ),
    ),
)
