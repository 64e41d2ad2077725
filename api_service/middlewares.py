"""What all requests have in common: an id, an answer to whatever a handler raises, and some headers of the answer."""

import time
from functools import partial

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from api_service import cors, tracing
from api_service.dashboard.pages import instead, is_for_people
from api_service.keys import METER, SETTINGS, SITES, TRACER
from api_service.negotiation import pack
from api_service.problems import allowed, answer, problem_of
from shared.settings import Settings

TRACED = "/api/"  # what asks for health and metrics would only be noise

log = structlog.get_logger(__name__)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer exceptions by the table, as long as there is somebody to answer and nothing was answered yet."""
    tracing.begin(request)
    began, response = time.perf_counter(), None
    try:
        tracer = request.app.get(TRACER) if request.path.startswith(TRACED) else None
        if tracer is None:
            response = await _answered(request, handler)
        else:
            response = await tracing.traced(tracer, request, partial(_answered, handler=handler))
    finally:
        if (meter := request.app.get(METER)) is not None:
            meter.answered(request, response, time.perf_counter() - began)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if (sites := request.app.get(SITES)) is not None:
            sites.check(request)
        response = await handler(request)
    except Exception as error:
        if request.transport is None or request.writer.output_size:
            if not isinstance(error, ConnectionError):
                log.exception("response broken off")
            raise ConnectionResetError("The response ends with its connection.") from error
        response = _answer(request, error)
    pack(request, response)
    return response


async def mark(request: web.Request, response: web.StreamResponse) -> None:
    """Called before the head of any answer is sent: what stands in each of them."""
    headers = response.headers
    headers[tracing.HEADER] = request.get(tracing.REQUEST_ID, "")
    headers.update(request.get(tracing.TOLD, {}))
    cors.share(request, response, request.app[SETTINGS].cors_origins)


def _answer(request: web.Request, error: Exception) -> web.Response:
    if request.method == "OPTIONS" and isinstance(error, web.HTTPMethodNotAllowed):
        methods = allowed(error)
        settings: Settings | None = request.app.get(SETTINGS)
        origins = () if settings is None else settings.cors_origins
        return web.Response(status=204, headers={"Allow": methods, **cors.preflight(request, methods, origins)})
    problem = problem_of(error)
    return instead(request, problem) if is_for_people(request) else answer(problem)
