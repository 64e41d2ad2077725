"""Docs: the routes for programs and for people, and a page for each type of problem."""

from html import escape

from aiohttp import web

from api_service.access import ANYONE
from api_service.answers import answer_cacheable
from api_service.bodies import JSON
from api_service.html import page_headers
from api_service.keys import DOCS, DOCUMENT
from api_service.openapi.headers import PAGE
from api_service.openapi.page import HERE, STYLE, problem_page
from api_service.problem_type import PATH
from api_service.problem_types import NOT_FOUND, PROBLEM_TYPES
from api_service.problems import Problem
from api_service.routes import HTML, Answer, Operation, get

_HEADERS = page_headers(STYLE)


async def openapi(request: web.Request) -> web.Response:
    """`GET /openapi.json`."""
    return answer_cacheable(request, request.app[DOCUMENT])


async def docs(request: web.Request) -> web.Response:
    """`GET /docs`: with commands that work from where the reader is."""
    here = escape(f"{request.scheme}://{request.host}")
    return _page(request.app[DOCS].replace(HERE, here))


async def problem(request: web.Request) -> web.Response:
    """`GET /problems/{name}`: what the `type` of a problem leads to."""
    name = request.match_info["name"]
    if name not in PROBLEM_TYPES:
        raise Problem(404, "Not Found", "There is no such type of problem. GET /docs lists those there are.")
    return _page(problem_page(name))


ROUTES = (
    get(
        "/openapi.json",
        openapi,
        Operation(
            "getOpenApi",
            ANYONE,
            "Read this description, as OpenAPI 3.1.",
            (Answer(200, "The description.", media_types=(JSON,)),),
            cacheable=True,
            uses_store=False,
        ),
    ),
    get(
        "/docs",
        docs,
        Operation(
            "getDocs",
            ANYONE,
            "Read this description, as a page.",
            (Answer(200, "The page.", media_types=(HTML,), headers=PAGE),),
            uses_store=False,
        ),
    ),
    get(
        f"{PATH}/{{name}}",
        problem,
        Operation(
            "getProblemType",
            ANYONE,
            "Read what a type of problem means.",
            (Answer(200, "The page.", media_types=(HTML,), headers=PAGE),),
            path={"name": "The last part of the `type` of a problem."},
            refusals=(NOT_FOUND,),
            uses_store=False,
        ),
    ),
)


def _page(text: str) -> web.Response:
    return web.Response(text=text, content_type=HTML, headers=_HEADERS)
