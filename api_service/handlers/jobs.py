"""Jobs: look at one."""

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import ID, JOB, job_id
from api_service.answers import answer_cacheable, encode
from api_service.keys import STORE
from api_service.pace import ask_again
from api_service.preconditions import mark
from api_service.preferences import Preferences, preferences, wait_for_end
from api_service.problem_types import JOB_NOT_FOUND
from api_service.routes import Answer, Operation, get
from api_service.schemas.jobs import JobSchema
from shared.job import FINISHED, QUEUED


async def view(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}`."""
    store, asked = request.app[STORE], preferences(request)
    found = await store.view(tenant(request), job_id(request))
    if asked.wait:
        found = await wait_for_end(request, found, asked.wait)
    is_over = found.job.status in FINISHED
    outlook = await store.outlook(found.job) if found.job.status in QUEUED else None
    answer = answer_cacheable(request, encode(views.whole(found, outlook)), mark(found.job))
    answer.headers.update({} if is_over else ask_again(found.job, outlook, store.now()))
    answer.headers.update(Preferences(asked.wait).applied)
    return answer


ROUTES = (
    get(
        JOB,
        view,
        Operation(
            "getJob",
            Role.VIEWER,
            "Read a job.",
            (
                Answer(
                    200,
                    "The job. Once it has finished, its body never changes.",
                    JobSchema,
                    sometimes=("Retry-After", "Preference-Applied"),
                ),
            ),
            path=ID,
            headers=("Prefer",),
            refusals=(JOB_NOT_FOUND,),
            cacheable=True,
        ),
    ),
)
