"""A page: who may see it, what it is made of, and what is shown in its place when something is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.typedefs import Handler

from api_service import html
from api_service.access import ANYONE, CALLER, Role, caller
from api_service.dashboard import notices
from api_service.dashboard.advice import advice
from api_service.dashboard.asking import may
from api_service.dashboard.origin import SAFE, check_origin, local
from api_service.dashboard.rendering import made
from api_service.dashboard.signed import SIGN_IN, show_session
from api_service.keys import CATALOGUE, GATE, STORE
from api_service.problems import Problem, answer, problem_of
from api_service.routes import HTML
from api_service.sites import split
from api_service.tracing import REQUEST_ID

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
# Where a refusal is a problem in JSON, even for who takes HTML: it is what programs read there.
FOR_PROGRAMS = ("/api/", "/health/", "/metrics", "/openapi.json", "/live")
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
            return instead(request, problem_of(error))
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
        "job_types": tuple(request.app[CATALOGUE].keys()),
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
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        again = {**HEADERS, "Refresh": f"0; url={request.rel_url}"}
        return web.Response(text="One moment.", headers=again)
    return see(SIGN_IN, next=str(request.rel_url))


def is_for_people(request: web.Request) -> bool:
    """Whether a refusal is to be read by somebody: a browser says that it takes HTML."""
    return HTML in request.headers.get("Accept", "") and not request.path.startswith(FOR_PROGRAMS)


def instead(request: web.Request, problem: Problem) -> web.Response:
    """What is shown, or answered to a program, when a page cannot be."""
    if not is_for_people(request):
        response = answer(problem)
    elif problem.status == HTTPStatus.UNAUTHORIZED and request.method in SAFE:
        return _unknown(request)
    elif problem.status == HTTPStatus.MISDIRECTED_REQUEST:  # such a name gets no style sheet either
        response = _plain(problem)
    else:
        response = _explained(request, problem)
    response.headers.update(problem.headers)
    response.headers.update({name: HEADERS[name] for name in ("Cache-Control", "Vary", "X-Content-Type-Options")})
    return response


def _explained(request: web.Request, problem: Problem) -> web.Response:
    gate = request.app.get(GATE)
    is_known = gate is None or gate.authentication is None or CALLER in request
    page = render(
        request,
        "problem.html",
        problem.status,
        problem=problem,
        advice=advice(problem, was_sent=request.method not in SAFE),
        back=_came_from(request),
        request_id=request.get(REQUEST_ID, ""),
        is_known=is_known,
        live="",
    )
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE and request.method == "GET":
        page.headers["Refresh"] = TRY_AGAIN
    return page


def _plain(problem: Problem) -> web.Response:
    text = html.page(
        f"{problem.title} · dmps",
        html.COMMON,
        html.element("h1", problem.title),
        html.prose(f"{problem.detail}\n\n{advice(problem, was_sent=False)}"),
    )
    headers = html.page_headers(html.COMMON)
    return web.Response(text=text, status=problem.status, content_type=HTML, headers=headers)


def _came_from(request: web.Request) -> str:
    """The page of ours that sent a form; nothing, if none did."""
    parts = split(request.headers.get("Referer", ""))
    if request.method in SAFE or parts is None or parts.netloc != request.host:
        return ""
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path)
