"""`GET /` tells a person where they are: a page for browsers, the same in JSON for everyone else."""

from html import escape
from string import Template

from aiohttp import web

from api_service.access import ANYONE
from api_service.answers import answer_json
from api_service.html import COMMON, PAGES, page_headers
from api_service.openapi.headers import PAGE
from api_service.routes import HTML, Answer, Operation, get
from api_service.schemas.files import HomeSchema

WHAT = "A distributed message processing system: it takes jobs over HTTP and has them done by a fleet of workers."
LINKS = {
    "GET /docs": "How to use it: every route, what it takes and answers, with examples.",
    "GET /openapi.json": "The same for programs, as OpenAPI 3.1.",
    "GET /api/jobs": "The jobs, newest first.",
    "GET /api/job-types": "What kinds of jobs there are, each with its schema and an example.",
    "GET /api/queues": "How the queues stand: how deep, how fast, paused or not.",
    "GET /api/workers": "The workers that live, and what each of them runs.",
    "GET /health/ready": "Whether the store answers, and which workers live.",
    "GET /health/live": "Whether this process runs.",
    "POST /api/jobs": "Submit a job.",
    "POST /api/jobs/batch": "Submit up to 10,000 jobs at once.",
    "POST /api/files": "Upload a file for jobs to work on.",
}
_BODY = '{"type": "calculation", "payload": {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}}'

_STYLE = COMMON + (PAGES / "home.css").read_text()
_PAGE = Template((PAGES / "home.html").read_text())
_HEADERS = {**page_headers(_STYLE), "Vary": "Accept"}


async def home(request: web.Request) -> web.Response:
    """`GET /`."""
    curl = f"curl {request.scheme}://{request.host}/api/jobs -H 'Content-Type: application/json' -d '{_BODY}'"
    if "text/html" not in request.headers.get("Accept", ""):
        return answer_json(
            {"name": "dmps", "description": WHAT, "try": curl, "links": LINKS}, headers={"Vary": "Accept"}
        )
    links = "\n".join(f"<dt>{_link(link)}</dt><dd>{escape(text)}</dd>" for link, text in LINKS.items())
    page = _PAGE.substitute(style=_STYLE, what=escape(WHAT), curl=escape(curl), links=links)
    return web.Response(text=page, content_type="text/html", headers=_HEADERS)


ROUTES = (
    get(
        "/",
        home,
        Operation(
            "home",
            ANYONE,
            "Where you are.",
            (
                Answer(
                    200,
                    "A page for browsers, the same in JSON for everyone else.",
                    HomeSchema,
                    media_types=(HTML,),
                    headers=("Vary",),
                    sometimes=PAGE,
                ),
            ),
            uses_store=False,
        ),
    ),
)


def _link(link: str) -> str:
    """A browser can follow what is read with GET."""
    method, path = link.split()
    return f'<a href="{path}">{path}</a>' if method == "GET" else f"<code>{link}</code>"
