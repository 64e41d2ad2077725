"""What the pages load: one style sheet, one script, and the pictures that jobs have made."""

from aiohttp import web

from api_service.access import ANYONE
from api_service.dashboard.asking import stream
from api_service.dashboard.pages import Page
from api_service.dashboard.rendering import ASSETS
from api_service.problems import Problem

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


async def asset(request: web.Request) -> web.Response:
    """`GET /assets/{version}/{name}`: kept for ever, as another version has another path."""
    name = request.match_info["name"]
    if name not in ASSETS:
        raise Problem(404, "Not Found", "There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    return web.Response(body=ASSETS[name], content_type=kind, charset="utf-8", headers=_HEADERS)


async def file(request: web.Request) -> web.StreamResponse:
    """`GET /files/{id}`: as `GET /api/files/{id}`, for one who has signed in."""
    return await stream(request, "downloadFile")


PAGES = (Page("GET", "/assets/{version}/{name}", asset, ANYONE), Page("GET", "/files/{id}", file))
