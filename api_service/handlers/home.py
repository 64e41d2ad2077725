"""`GET /` tells a person where they are: a page for browsers, the same in JSON for everyone else."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from aiohttp import web

from api_service.answers import answer_json

WHAT = "A distributed message processing system: it takes jobs over HTTP and has them done by a fleet of workers."
LINKS = {
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

_PAGES = files("api_service") / "pages"
_STYLE = (_PAGES / "home.css").read_text()
_PAGE = Template((_PAGES / "home.html").read_text())
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}


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


ROUTES = (web.get("/", home),)


def _link(link: str) -> str:
    """A browser can follow what is read with GET."""
    method, path = link.split()
    return f'<a href="{path}">{path}</a>' if method == "GET" else f"<code>{link}</code>"
