"""What the pages load: one style sheet, one script, and the pictures that jobs have made."""

from aiohttp import web

from api_service.access import ANYONE
from api_service.dashboard.asking import stream
from api_service.dashboard.pages import Page
from api_service.dashboard.rendering import ASSETS, VERSION
from api_service.problems import Problem

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


async def asset(request: web.Request) -> web.Response:
    """`GET /assets/{version}/{name}`: for ever, unless a process of another release was meant."""
    name = request.match_info["name"]
    if name not in ASSETS:
        raise Problem(404, "Not Found", "There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    kept = _FOR_EVER if request.match_info["version"] == VERSION else "no-store"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=ASSETS[name], content_type=kind, charset="utf-8", headers=headers)


async def icon(_: web.Request) -> web.Response:
    """`GET /favicon.ico`: what browsers ask for where a page names none."""
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=ASSETS["icon.svg"], content_type=_TYPES["svg"], headers=headers)


async def file(request: web.Request) -> web.StreamResponse:
    """`GET /files/{id}`: as `GET /api/files/{id}`, for one who has signed in."""
    return await stream(request, "downloadFile")


PAGES = (
    Page("GET", "/assets/{version}/{name}", asset, ANYONE),
    Page("GET", "/favicon.ico", icon, ANYONE),
    Page("GET", "/files/{id}", file),
)
