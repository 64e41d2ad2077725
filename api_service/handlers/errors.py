"""What jobs failed of, grouped."""

from aiohttp import web

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.failures import groups
from api_service.keys import STORE
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get
from api_service.schemas.errors import ErrorsSchema
from shared.job import Status
from shared.schemas.listing import ErrorsQuerySchema
from shared.store import JobFilter, JobView, Sort

MOST_JOBS = 1_000  # that are looked at
MOST_PAGES = 4
_QUERY = ErrorsQuerySchema()


async def list_errors(request: web.Request) -> web.Response:
    """`GET /api/errors`: of the newest thousand failed jobs, and says how many it looked at."""
    asked = read_query(request, _QUERY, ("type", "queue"))
    failed: list[JobView] = []
    after: str | None = ""
    for _ in range(MOST_PAGES):
        filter_ = JobFilter(
            statuses=(Status.FAILED,),
            types=tuple(asked["type"]),
            queues=tuple(asked["queue"]),
            sort=Sort.LAST_COMPLETED,
            page_size=MOST_JOBS - len(failed),
            after=after or "",
        )
        page = await request.app[STORE].page(tenant(request), filter_)
        failed, after = failed + page.jobs, page.next
        if after is None or len(failed) == MOST_JOBS:
            break
    found = groups(view.job for view in failed)
    return answer_json({"errors": found, "scanned": len(failed), "complete": after is None})


ROUTES = (
    get(
        "/api/errors",
        list_errors,
        Operation(
            "listErrors",
            Role.VIEWER,
            "Group failed jobs by what they failed of.",
            (Answer(200, "The groups, the largest first.", ErrorsSchema),),
            "The newest thousand failed jobs are looked at: scanned says how many there were, and complete whether they"
            " were all. Messages that differ in numbers, ids or quoted values alone are the same.",
            query=ErrorsQuerySchema,
        ),
    ),
)
