"""What a page asks of the API's operations, and what its forms have them do: the same handlers, the same roles.

A page calls the handler itself, without HTTP, and shows what it answers. So nothing stands here twice, and whoever may
not use an operation cannot use it from a page either.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from api_service.access import CALLER, Role, caller
from api_service.authentication import CHALLENGE
from api_service.bodies import WRITTEN
from api_service.gate import forbidden
from api_service.keys import GATE
from api_service.problems import Problem
from api_service.routes import Route

Query = Iterable[tuple[str, str]]

OPERATIONS: web.AppKey[Mapping[str, Route]] = web.AppKey("OPERATIONS", Mapping)  # every route of the API, by its id

_decode = msgspec.json.Decoder().decode


def may(request: web.Request, operation: str) -> bool:
    """Whether the caller's role suffices for an operation of the API."""
    role = request.app[OPERATIONS][operation].operation.role
    return role is None or caller(request).role >= role


async def ask(request: web.Request, operation: str, query: Query = ()) -> Any:  # noqa: ANN401 - as the API answers
    """What an operation that reads answers. Parameters of its path are those of the page. Raises what it raises."""
    return _decode(await ask_text(request, operation, query))


async def ask_text(request: web.Request, operation: str, query: Query = ()) -> bytes:
    """The same as it was written."""
    return _body(await _allowed(request, operation)(_asking(request, query, {})))


async def stream(request: web.Request, operation: str) -> web.StreamResponse:
    """Answer with what an operation answers: a file, for one."""
    kept = {name: request.headers[name] for name in ("If-None-Match",) if name in request.headers}
    return await _allowed(request, operation)(_asking(request, (), kept))


async def stream_in(request: web.Request, operation: str) -> web.StreamResponse:
    """Have an operation take the body as it comes."""
    kept = {name: request.headers[name] for name in ("Content-Type", "Transfer-Encoding") if name in request.headers}
    return await _allowed(request, operation)(_asking(request, (), kept))


async def do(
    request: web.Request, operation: str, body: bytes = b"", query: Query = (), headers: Mapping[str, str] | None = None
) -> Any:  # noqa: ANN401 - as the API answers
    """Have an operation do something, with a body in JSON. Answers what it answers; raises what it raises."""
    asking = _asking(request, query, headers or {})
    asking[WRITTEN] = body
    answer = _body(await _allowed(request, operation)(asking))
    return _decode(answer) if answer else {}


def _allowed(request: web.Request, operation: str) -> Handler:
    route, gate = request.app[OPERATIONS][operation], request.app.get(GATE)
    if gate is not None and gate.authentication is not None and CALLER not in request:
        raise Problem(401, "API key needed", "Sign in first.", headers={"WWW-Authenticate": CHALLENGE})
    if not may(request, operation):
        raise forbidden(caller(request), route.operation.role or Role.VIEWER)
    return route.handler


def _asking(request: web.Request, query: Query, headers: Mapping[str, str]) -> web.Request:
    """The request as the API might have got it: without what a browser says of itself."""
    url = URL.build(path=request.path, query=list(query))
    kept = {"Host": request.host, "Content-Length": request.headers.get("Content-Length", "0"), **headers}
    return request.clone(rel_url=url, headers=kept)


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else b""
    return body if isinstance(body, bytes) else b""
