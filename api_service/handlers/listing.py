"""Jobs: list those that fit."""

from typing import Any

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.keys import PAGE_TOKENS, STORE
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get
from api_service.schemas.jobs import JobsSchema
from api_service.selections import selection
from shared.schemas.listing import ListingSchema
from shared.store import JobView

_LISTING = ListingSchema()
_REPEATABLE = frozenset({"status", "type", "queue", "tag", "fields"})
_OF_THE_PAGE = frozenset({"page_size", "page_token", "fields_"})  # what may differ from page to page


async def list_jobs(request: web.Request) -> web.Response:
    """`GET /api/jobs`. A page may be short, even empty, and yet have a next one."""
    asked, tokens, whose = read_query(request, _LISTING, _REPEATABLE), request.app[PAGE_TOKENS], tenant(request)
    condition = {name: value for name, value in asked.items() if name not in _OF_THE_PAGE}
    after = await tokens.read(whose, condition, asked["page_token"]) if asked["page_token"] else ""
    page = await request.app[STORE].page(whose, selection(asked, page_size=asked["page_size"], after=after))
    token = None if page.next is None else await tokens.make(whose, condition, page.next)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    wanted = frozenset(name for names in asked["fields_"] for name in names.split(","))
    jobs = [_sparse(job, wanted) for job in page.jobs]
    return answer_json({"jobs": jobs, "nextPageToken": token}, headers=headers)


ROUTES = (
    get(
        views.PATH,
        list_jobs,
        Operation(
            "listJobs",
            Role.VIEWER,
            "List jobs, newest first or as sort says.",
            (Answer(200, "A page of jobs.", JobsSchema, sometimes=("Link",)),),
            "Give nextPageToken back as pageToken, with the same filter and sort, or follow the Link. A page may be"
            " short, even empty, and yet have a next one.",
            query=ListingSchema,
        ),
    ),
)


def _sparse(view: JobView, wanted: frozenset[str]) -> dict[str, Any]:
    job = views.brief(view)
    return {name: value for name, value in job.items() if name in wanted} if wanted else job
