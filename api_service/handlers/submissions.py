"""Submissions: one job in one request."""

from functools import partial

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import whole
from api_service.answers import answer_json
from api_service.bodies import read_json
from api_service.idempotency import Taken, Ticket, check_key, done_once
from api_service.keys import IDS, JOB_TYPES, PACE, SETTINGS, STORE
from api_service.preferences import Preferences, preferences, wait_for_end
from api_service.problem_types import IDEMPOTENCY_KEY_MALFORMED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT
from api_service.queries import only_validates
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import JobSchema, SubmittedSchema, ValidatedSchema
from api_service.submissions import new_job
from shared.job import FINISHED, Job
from shared.schemas.jobs import SubmissionSchema
from shared.schemas.submitting import SubmittingSchema
from shared.store import Stands

MESSAGE = "Job submitted successfully"
STANDS = "An earlier job with this key stands for this one"
VALID = "The job is valid; nothing was submitted"


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs`: 202 once the store holds the job; 200 if it ended meanwhile, or another stands."""
    validates = only_validates(request)
    text = await read_json(request, request.app[SETTINGS].max_body)
    if validates:
        check_key(request)
        _read(request, text)
        return answer_json({"message": VALID})
    return await done_once(request, text, partial(_submit, request, text, preferences(request)))


_BY_ID = "$response.body#/jobId"
_LINKS = {"getJob": _BY_ID, "cancelJob": _BY_ID, "retryJob": _BY_ID, "streamJobEvents": _BY_ID}

ROUTES = (
    post(
        views.PATH,
        submit,
        Operation(
            "submitJob",
            Role.SUBMITTER,
            "Submit a job.",
            (
                Answer(
                    200,
                    "The job ended while the caller waited for it (`Prefer: wait=N`); or another one stands for it,"
                    " by its `dedup`; or all is well, and nothing was to be submitted (`validateOnly`).",
                    (JobSchema, SubmittedSchema, ValidatedSchema),
                    sometimes=("Location", "Content-Location", "Preference-Applied", "Retry-After"),
                ),
                Answer(
                    202,
                    "The store holds the job.",
                    SubmittedSchema,
                    headers=("Location", "Retry-After"),
                    sometimes=("Preference-Applied",),
                    links=_LINKS,
                ),
            ),
            body=Body("The job: its type, its payload, and how it is to be run.", SubmissionSchema),
            query=SubmittingSchema,
            headers=("Prefer", "Idempotency-Key"),
            refusals=(IDEMPOTENCY_KEY_MALFORMED, REQUEST_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED),
        ),
    ),
)


def _read(request: web.Request, text: bytes) -> Job:
    app = request.app
    now = app[STORE].now()
    return new_job(text, app[JOB_TYPES], tenant=tenant(request), id=app[IDS].next(now), now=now)


async def _submit(request: web.Request, text: bytes, asked: Preferences, ticket: Ticket | None) -> web.Response:
    store, job = request.app[STORE], _read(request, text)
    answer = _submitted(request, job, asked)
    if ticket is None:
        standing = await store.submit([job])
    else:
        taken, standing = await store.submit_at_once([job], ticket.once(answer, asked.wait))
        if taken:
            raise Taken(taken)
    stands = standing.get(job.id)
    if asked.wait:
        ended = await _ended(request, stands.job_id if stands else job.id, asked)
        if ended is not None:
            return ended
    return answer if stands is None else _stands(stands, asked)


def _submitted(request: web.Request, job: Job, asked: Preferences) -> web.Response:
    headers = {"Location": views.job_path(job.id), **asked.applied}
    headers |= request.app[PACE].ask_again(job, request.app[STORE].now())
    return answer_json({"message": MESSAGE, "jobId": job.id, "status": job.status}, 202, headers)


def _stands(stands: Stands, asked: Preferences) -> web.Response:
    body = {"message": STANDS, "jobId": stands.job_id, "status": stands.status, "deduplicated": True}
    return answer_json(body, 200, {"Location": views.job_path(stands.job_id), **asked.applied})


async def _ended(request: web.Request, job_id: str, asked: Preferences) -> web.Response | None:
    """The job, if it has ended before the caller had waited for long enough."""
    found = await request.app[STORE].view(tenant(request), job_id)
    found = await wait_for_end(request, found, asked.wait)
    if found.job.status not in FINISHED:
        return None
    path = views.job_path(job_id)
    if asked.is_minimal:
        body = {"message": MESSAGE, "jobId": job_id, "status": found.job.status}
        return answer_json(body, 200, {"Location": path, **asked.applied})
    return answer_json(await whole(request, found), 200, {"Location": path, "Content-Location": path, **asked.applied})
