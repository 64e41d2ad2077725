"""Submissions: one job in one request."""

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.bodies import read_json
from api_service.keys import IDS, JOB_TYPES, SETTINGS, STORE
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import SubmittedSchema
from api_service.submissions import new_job
from shared.schemas.jobs import SubmissionSchema

_BY_ID = "$response.body#/jobId"
_LINKS = {"getJob": _BY_ID, "cancelJob": _BY_ID, "retryJob": _BY_ID}


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs`: 202 once the store holds the job."""
    app = request.app
    text = await read_json(request, app[SETTINGS].max_body)
    now = app[STORE].now()
    job = new_job(text, app[JOB_TYPES], tenant=tenant(request), id=app[IDS].next(now), now=now)
    await app[STORE].submit([job])
    body = {"message": "Job submitted successfully", "jobId": job.id, "status": job.status}
    return answer_json(body, 202, {"Location": views.job_path(job.id)})


ROUTES = (
    post(
        views.PATH,
        submit,
        Operation(
            "submitJob",
            Role.SUBMITTER,
            "Submit a job.",
            (Answer(202, "The store holds the job.", SubmittedSchema, headers=("Location",), links=_LINKS),),
            body=Body("The job: its type, its payload, and how it is to be run.", SubmissionSchema),
        ),
    ),
)
