"""`GET /` tells whoever asks where they are: a browser gets the dashboard, everyone else what there is, in JSON."""

from aiohttp import web

from api_service.access import ANYONE
from api_service.answers import answer_json
from api_service.dashboard.overview import overview
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


async def home(request: web.Request) -> web.StreamResponse:
    """`GET /`."""
    if HTML in request.headers.get("Accept", ""):
        return await overview(request)
    curl = f"curl {request.scheme}://{request.host}/api/jobs -H 'Content-Type: application/json' -d '{_BODY}'"
    return answer_json({"name": "dmps", "description": WHAT, "try": curl, "links": LINKS}, headers={"Vary": "Accept"})


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
                    "The dashboard for browsers, what there is in JSON for everyone else.",
                    HomeSchema,
                    media_types=(HTML,),
                    headers=("Vary",),
                    sometimes=(*PAGE, "Cache-Control"),
                ),
                Answer(
                    303, "A browser is to sign in first.", headers=("Location",), sometimes=("Vary", "Cache-Control")
                ),
            ),
            uses_store=False,
        ),
    ),
)
