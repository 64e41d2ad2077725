"""Submissions: one job in one request."""

from dataclasses import replace
from functools import partial

from aiohttp import web

from api_service import standing, views
from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.bodies import read_json
from api_service.dependencies import check, reader
from api_service.idempotency import MOST_JOBS, Taken, Ticket, check_key, done_once
from api_service.keys import PACE, SETTINGS, STORE
from api_service.preferences import Preferences, preferences, wait_for_end
from api_service.problem_types import IDEMPOTENCY_KEY_MALFORMED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT
from api_service.problems import FieldError
from api_service.queries import only_validates
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import EndedJobSchema, SubmittedSchema, ValidatedSchema
from api_service.turns import Turns
from api_service.validation import invalid
from shared.errors import JobNotFound, StoreUnavailable
from shared.job import FINISHED, Job
from shared.schemas.jobs import SubmissionSchema
from shared.schemas.submitting import SubmittingSchema
from shared.store import JobView, Stands

MESSAGE = "Job submitted successfully"
VALID = "The job is valid; nothing was submitted"


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs`: 202 once the store holds the job; 200 if it ended meanwhile, or another stands."""
    validates = only_validates(request)
    text = await read_json(request, request.app[SETTINGS].max_body)
    if validates:
        check_key(request)
        await _read(request, text)
        return answer_json({"message": VALID})
    return await done_once(request, text, partial(_submit, request, text, preferences(request)))


_BY_ID = "$response.body#/jobId"
LINKS = {"getJob": _BY_ID, "cancelJob": _BY_ID, "retryJob": _BY_ID, "streamJobEvents": _BY_ID}

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
                    (EndedJobSchema, SubmittedSchema, ValidatedSchema),
                    sometimes=("Location", "Content-Location", "Preference-Applied", "Retry-After"),
                ),
                Answer(
                    202,
                    "The store holds the job.",
                    SubmittedSchema,
                    headers=("Location", "Retry-After"),
                    sometimes=("Preference-Applied",),
                    links=LINKS,
                ),
            ),
            body=Body("The job: its type, its payload, and how it is to be run.", SubmissionSchema),
            query=SubmittingSchema,
            headers=("Prefer", "Idempotency-Key", "X-Request-ID", "traceparent"),
            refusals=(IDEMPOTENCY_KEY_MALFORMED, REQUEST_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED),
        ),
    ),
)


async def _read(request: web.Request, text: bytes) -> list[Job]:
    """The job and all that are to be done before it, each before the one that waits for it."""
    jobs = reader(request)
    found = await Turns().through(jobs.read(text))
    await check(request, jobs)
    return found


async def _submit(request: web.Request, text: bytes, asked: Preferences, ticket: Ticket | None) -> web.Response:
    return await take(request, await _read(request, text), asked, ticket)


async def take(request: web.Request, jobs: list[Job], asked: Preferences, ticket: Ticket | None) -> web.Response:
    """Give new jobs to the store, and answer as the submission of the last one is answered. Raises `Taken`.

    Up to a thousand are written in one step; of more, each before the one that waits for it.
    """
    store, job = request.app[STORE], jobs[-1]
    if ticket is not None:
        if len(jobs) > MOST_JOBS:
            detail = f"With an Idempotency-Key, a job may have at most {MOST_JOBS - 1:,} children."
            raise invalid([FieldError("/children", "length", detail)])
        at_once = _submitted(request, job, replace(asked, wait=0.0))
        taken, found = await store.submit_at_once(jobs, ticket.once(at_once))
        if taken:
            raise Taken(taken)
    elif 1 < len(jobs) <= MOST_JOBS:
        _, found = await store.submit_at_once(jobs)
    else:
        found = await store.submit(jobs)
    stands = found.get(job.id)
    ended = await _ended(request, stands.job_id if stands else job.id, asked.wait) if asked.wait else None
    if ended is not None:
        return _done(ended, stands, asked)
    return _submitted(request, job, asked) if stands is None else standing.answer(stands, asked.applied)


def _submitted(request: web.Request, job: Job, asked: Preferences) -> web.Response:
    headers = {"Location": views.job_path(job.id), **asked.applied}
    headers |= request.app[PACE].ask_again(job, request.app[STORE].now())
    return answer_json({"message": MESSAGE, "jobId": job.id, "status": job.status}, 202, headers)


async def _ended(request: web.Request, job_id: str, seconds: float) -> JobView | None:
    """The job, if it has ended within so many seconds.

    Whatever happens meanwhile, a job was submitted: a refusal would be wrong, and might have it submitted again.
    """
    try:
        found = await request.app[STORE].view(tenant(request), job_id)
        found = await wait_for_end(request, found, seconds)
    except (JobNotFound, StoreUnavailable):  # it has ended and is gone already (`keepFor`); nobody can tell
        return None
    return found if found.job.status in FINISHED else None


def _done(found: JobView, stands: Stands | None, asked: Preferences) -> web.Response:
    """The answer to one who waited for the end; where another job stands for theirs, `found` is that one."""
    job, path = found.job, views.job_path(found.job.id)
    if asked.is_minimal and stands is not None:
        return standing.answer(Stands(job.id, job.status), asked.applied)
    headers = {"Location": path, **asked.applied}
    if asked.is_minimal:
        return answer_json({"message": MESSAGE, "jobId": job.id, "status": job.status}, 200, headers)
    if stands is not None:
        return answer_json({**views.whole(found), **standing.MARK}, 200, headers)
    return answer_json(views.whole(found), 200, {**headers, "Content-Location": path})
