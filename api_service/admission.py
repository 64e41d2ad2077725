"""What is looked at before a request is routed: what aiohttp itself would stumble over, or answer in its own words."""

from collections.abc import Awaitable, Callable

from aiohttp import HttpVersion10, web

from api_service.problems import Problem

Serve = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def admitting(serve: Serve) -> Serve:
    """The same, for requests whose `Host` and `Expect` can be read. No coroutine of its own: it is on every path."""

    def admit(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        headers = request.headers
        if request.version < HttpVersion10:
            raise Problem(400, "Bad Request", "HTTP/1.0 is the oldest that is spoken here.")
        if not headers.get("Host", "").isascii():
            raise Problem(400, "Bad Request", "The Host header must be ASCII: write the domain in its xn-- form.")
        if headers.get("Expect", "100-continue").lower() != "100-continue":
            raise Problem(417, "Expectation Failed", "Of all expectations, only Expect: 100-continue is met.")
        return serve(request)

    return admit
