"""What holds for every route, by what it declares of itself: it is checked before the handler sees the request."""

from functools import wraps

from aiohttp import web
from aiohttp.typedefs import Handler

from api_service.access import Role
from api_service.keys import GATE
from api_service.negotiation import accepts
from api_service.problems import FieldError, Problem
from api_service.validation import child, invalid


def guarded(handler: Handler, role: Role | None, offered: tuple[str, ...], *, takes_query: bool) -> Handler:
    """The same handler, behind the checks. `role` is the least that may use it, `offered` the media types it has."""

    @wraps(handler)
    async def serve(request: web.Request) -> web.StreamResponse:
        if not accepts(request, offered):
            raise _not_acceptable(offered)
        if not takes_query and request.rel_url.raw_query_string:
            check_no_query(request)
        return await handler(request)

    return serve if role is None else _gated(serve, role)


def check_no_query(request: web.Request) -> None:
    """Raise a 422 `Problem` that names the parameters, if there are any: they are refused, never ignored."""
    errors = [FieldError(child("", name), "unknown", "Unknown parameter.") for name in dict.fromkeys(request.query)]
    if errors:
        raise invalid(errors)


def _gated(serve: Handler, role: Role) -> Handler:
    """Nothing of a request is looked at before its caller is known."""

    @wraps(serve)
    async def enter(request: web.Request) -> web.StreamResponse:
        gate = request.app.get(GATE)
        if gate is None:
            return await serve(request)
        try:
            await gate.enter(request, role)
            return await serve(request)
        finally:
            gate.leave(request)

    return enter


def _not_acceptable(offered: tuple[str, ...]) -> Problem:
    return Problem(406, "Not Acceptable", f"Accept rules out all that this route has: {', '.join(offered)}.")
