"""Jobs: look at one, list them."""

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import ID, job_id
from api_service.answers import answer_cacheable, answer_json, encode
from api_service.keys import STORE
from api_service.pace import ask_again
from api_service.preferences import Preferences, preferences, wait_for_end
from api_service.problem_types import JOB_NOT_FOUND
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get
from api_service.schemas.jobs import JobSchema, JobsSchema
from shared.job import FINISHED, QUEUED, Status
from shared.schemas.listing import ListingSchema, page_token
from shared.store import JobFilter

_LISTING = ListingSchema()
_REPEATABLE = frozenset({"status", "type"})


async def view(request: web.Request) -> web.Response:
    """`GET /api/jobs/{id}`."""
    store, asked = request.app[STORE], preferences(request)
    found = await store.view(tenant(request), job_id(request))
    if asked.wait:
        found = await wait_for_end(request, found, asked.wait)
    is_over = found.job.status in FINISHED
    outlook = await store.outlook(found.job) if found.job.status in QUEUED else None
    answer = answer_cacheable(request, encode(views.whole(found, outlook)))
    answer.headers.update({} if is_over else ask_again(found.job, outlook, store.now()))
    answer.headers.update(Preferences(asked.wait).applied)
    return answer


async def list_jobs(request: web.Request) -> web.Response:
    """`GET /api/jobs`: newest first. A page may be short, even empty, and yet have a next one."""
    page = await request.app[STORE].page(tenant(request), _filter(request))
    token = None if page.next is None else page_token(page.next)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    return answer_json({"jobs": [views.brief(job) for job in page.jobs], "nextPageToken": token}, headers=headers)


ROUTES = (
    get(
        views.PATH,
        list_jobs,
        Operation(
            "listJobs",
            Role.VIEWER,
            "List jobs, newest first.",
            (Answer(200, "A page of jobs.", JobsSchema, sometimes=("Link",)),),
            "Give nextPageToken back as pageToken, or follow the Link. With a tag, a page may be short, even empty,"
            " and yet have a next one.",
            query=ListingSchema,
        ),
    ),
    get(
        f"{views.PATH}/{{id:(?!batch$)[^/]+}}",  # a batch can be submitted, not read
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


def _filter(request: web.Request) -> JobFilter:
    asked = read_query(request, _LISTING, _REPEATABLE)
    return JobFilter(
        statuses=tuple(map(Status, asked["status"])),
        types=tuple(asked["type"]),
        tag=asked.get("tag"),
        page_size=asked["page_size"],
        before=asked["page_token"],
    )
