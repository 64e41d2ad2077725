"""Serves the application: listens, answers what is not even HTTP with a problem, and stops gracefully."""

import asyncio
import os
import signal
import socket
from http import HTTPStatus

import structlog
from aiohttp import web

from api_service.app import create_app
from api_service.problems import Problem, answer
from shared.errors import Misconfigured
from shared.garbage import collect_less
from shared.settings import Settings

BACKLOG = 1024  # connections that may wait to be accepted

log = structlog.get_logger(__name__)


class Runner(web.AppRunner):
    """aiohttp's runner, with our answer to broken requests."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handler, factory = made.request_handler, made.request_factory
        return _Server(handler, request_factory=factory, **made._kwargs)  # noqa: SLF001 - there is no other way in


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(web.RequestHandler):
    """aiohttp's own text repeats the broken bytes, and its log shows a traceback for each of them."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - what we do not repeat
    ) -> web.StreamResponse:
        """The last answer on a connection."""
        if request.transport is None or request.writer.output_size:
            raise ConnectionResetError("Nobody is there, or a response has begun: aiohttp ends the connection.")
        phrase = HTTPStatus(status).phrase
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            response = answer(Problem(status, phrase, "This is not a request as HTTP/1.1 has it (RFC 9112)."))
        else:
            log.error("unexpected error", exc_info=exc)
            response = answer(Problem(status, phrase, "Something went wrong here; it has been logged."))
        response.force_close()
        return response


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish what has begun, for `settings.drain` seconds at most."""
    runner = Runner(create_app(settings), shutdown_timeout=settings.drain)
    await runner.setup()
    collect_less()
    try:
        await _listen(runner, settings)
        await _told_to_stop()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise Misconfigured(f"Cannot listen on {where}: {reason}. Set HOST and PORT to others.") from error
    for host, port, *_ in runner.addresses:
        log.info("listening", url=f"http://{host}:{port}")


async def _told_to_stop() -> None:
    """Wait for the first signal. A second one ends the process at once."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, told.set)
    await told.wait()
    for number in signals:
        loop.remove_signal_handler(number)
    log.info("stopping")
