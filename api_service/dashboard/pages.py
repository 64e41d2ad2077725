"""A page: who may see it, what it is made of, and what is shown in its place when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler

from api_service.access import ANYONE, Role, caller
from api_service.dashboard import notices
from api_service.dashboard.asking import may
from api_service.dashboard.origin import SAFE, check_origin
from api_service.dashboard.rendering import made
from api_service.dashboard.signed import SIGN_IN, show_session
from api_service.keys import GATE, STORE
from api_service.problems import Problem, problem_of

# "same-origin", as a browser that tells no referrer tells no Origin either, which every form is asked for.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Vary": "Accept, Cookie",
    "X-Content-Type-Options": "nosniff",
}
TRY_AGAIN = "5"  # seconds, while the store is away


@dataclass(frozen=True)
class Page(web.AbstractRouteDef):
    """A route for people. It is no part of OpenAPI: its contract is that of the operations it is made of."""

    method: str
    path: str
    handler: Handler
    role: Role | None = Role.VIEWER  # the least that may open it; what it does asks for more

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """aiohttp's part of it."""
        return web.RouteDef(self.method, self.path, admitted(self.handler, self.role), {}).register(router)


def admitted(handler: Handler, role: Role | None) -> Handler:
    """The same handler, behind the checks of a page. What it raises is shown as a page, too."""

    @wraps(handler)
    async def serve(request: web.Request) -> web.StreamResponse:
        gate = request.app.get(GATE)
        try:
            check_origin(request)
            show_session(request)
            if gate is not None and role is not ANYONE:
                await gate.enter(request, role)
            return await handler(request)
        except Exception as error:
            if request.transport is None or request.writer.output_size:
                raise
            return _instead(request, problem_of(error))
        finally:
            if gate is not None:
                gate.leave(request)

    return serve


def render(request: web.Request, template: str, status: int = 200, **facts: Any) -> web.Response:  # noqa: ANN401
    """A page of a template, which may use `facts` and what every page knows."""
    gate = request.app.get(GATE)
    store = request.app.get(STORE)
    known: Mapping[str, Any] = {
        "path": request.path,
        "query": request.query,
        "caller": caller(request),
        "has_keys": gate is not None and gate.authentication is not None,
        "may": lambda operation: may(request, operation),
        "now": 0 if store is None else store.now(),
        "notice": notices.text(request),
        "live": "/live",
    }
    text = made(template, **{**known, **facts})
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def see(place: str, notice: str = "", **query: str) -> web.Response:
    """Send a browser to another page, which tells what was done."""
    told = {**query, **({"done": notice} if notice else {})}
    location = f"{place}{'&' if '?' in place else '?'}{urlencode(told)}" if told else place
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def _unknown(request: web.Request) -> web.Response:
    """For one who has not signed in, or has followed a link of another site: then browsers hold a strict cookie back.

    Such a page reads itself again, which is a step from our own site, and shows the cookie if there is one.
    """
    if request.path == "/live":
        return web.Response(status=HTTPStatus.UNAUTHORIZED)
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        again = {**HEADERS, "Refresh": f"0; url={request.rel_url}"}
        return web.Response(text="One moment.", headers=again)
    return see(SIGN_IN, next=str(request.rel_url))


def _instead(request: web.Request, problem: Problem) -> web.Response:
    """What is shown when a page cannot be."""
    if problem.status == HTTPStatus.UNAUTHORIZED and request.method in SAFE:
        return _unknown(request)
    page = render(request, "problem.html", problem.status, problem=problem, live="")
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE and request.method == "GET":
        page.headers["Refresh"] = TRY_AGAIN
    return page
