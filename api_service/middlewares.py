"""The one middleware: whatever a handler raises is answered as a problem, and OPTIONS with the methods of its path."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from api_service.problems import allowed, answer, problem_of

log = structlog.get_logger(__name__)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer exceptions by the table, as long as there is somebody to answer and nothing was answered yet."""
    try:
        return await handler(request)
    except Exception as error:
        if request.transport is not None and not request.writer.output_size:
            return _answer(request, error)
        if not isinstance(error, ConnectionError):
            log.exception("response broken off")
        raise ConnectionResetError("The response ends with its connection.") from error


def _answer(request: web.Request, error: Exception) -> web.Response:
    if request.method == "OPTIONS" and isinstance(error, web.HTTPMethodNotAllowed):
        return web.Response(status=204, headers={"Allow": allowed(error)})
    return answer(problem_of(error))
