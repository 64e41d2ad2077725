"""What holds for every route, by what it declares of itself: it is checked before the handler sees the request."""

from functools import wraps

from aiohttp import web
from aiohttp.typedefs import Handler
from marshmallow import Schema

from api_service.problems import FieldError
from api_service.validation import child, invalid


def guarded(handler: Handler, query: type[Schema] | None) -> Handler:
    """The same handler, behind the checks. One that declares no query takes no parameters."""
    if query is not None:
        return handler

    @wraps(handler)
    async def serve(request: web.Request) -> web.StreamResponse:
        if request.rel_url.raw_query_string:
            check_no_query(request)
        return await handler(request)

    return serve


def check_no_query(request: web.Request) -> None:
    """Raise a 422 `Problem` that names the parameters, if there are any: they are refused, never ignored."""
    errors = [FieldError(child("", name), "unknown", "Unknown parameter.") for name in dict.fromkeys(request.query)]
    if errors:
        raise invalid(errors)
