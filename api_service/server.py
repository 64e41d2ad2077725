"""Serves the application: listens, answers what is not even HTTP with a problem, and stops gracefully."""

import asyncio
import errno
import os
import signal
import socket
from typing import Any

import structlog
from aiohttp import web

from api_service.admission import admitting
from api_service.app import create_app
from api_service.capacity import make_room
from api_service.connections import Connections, Deadlines, Room
from api_service.exposure import is_loopback
from api_service.keys import STOPPING
from shared.errors import Misconfigured
from shared.garbage import collect_less
from shared.settings import Settings
from shared.spans import tracer_of

BACKLOG = 1024  # connections that may wait to be accepted
BURST = 64  # of them that are accepted in one turn of the event loop
QUIET = 10.0  # seconds between two lines on the same shortage
_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

log = structlog.get_logger(__name__)


class Runner(web.AppRunner):
    """aiohttp's runner, with our connections."""

    def __init__(
        self,
        app: web.Application,
        *,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - it never changes
        room: Room = Room(),  # noqa: B008 - nor does this
        **kwargs: Any,  # noqa: ANN401 - aiohttp's
    ) -> None:
        super().__init__(app, **kwargs)
        self._deadlines, self._room = deadlines, room

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handler, factory = admitting(made.request_handler), made.request_factory
        connections = Connections(handler, request_factory=factory, **made._kwargs)  # noqa: SLF001 - there is no other way in
        connections.watch(self._deadlines, self._room)
        return connections

    async def _cleanup_server(self) -> None:
        if isinstance(self.server, Connections):
            self.server.stop_watching()
        await super()._cleanup_server()


def deadlines(settings: Settings) -> Deadlines:
    """As the operator wants them."""
    return Deadlines(settings.head_timeout, settings.body_timeout, settings.idle_timeout)


def check_exposure(settings: Settings) -> None:
    """Without keys, whoever reaches the service may do everything. Raises `Misconfigured` if others than we can."""
    if settings.pepper or is_loopback(settings.host):
        return
    where = settings.host or "every address"
    if not settings.allow_anonymous:
        raise Misconfigured(
            f"The API would listen on {where} without API keys: whoever reaches it could do everything. Set DMPS_PEPPER"
            " and make keys (docs/api.md, Keys), listen on 127.0.0.1, or, if that is meant, set DMPS_ALLOW_ANONYMOUS=1."
        )
    log.warning("anybody who reaches this may do everything", host=where)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then finish what has begun, for `settings.drain` seconds at most.

    Between the two it goes on for `settings.linger` seconds, in which whoever asks hears that it is not ready any more.
    """
    check_exposure(settings)
    room = make_room(settings.max_connections)
    app = create_app(settings, tracer_of(settings, "api"))
    runner = Runner(app, deadlines=deadlines(settings), room=room, shutdown_timeout=settings.drain)
    asyncio.get_running_loop().set_exception_handler(_Unhandled())
    await runner.setup()
    collect_less()
    try:
        await _listen(runner, settings)
        await _told_to_stop()
        app[STOPPING].set()
        await asyncio.sleep(settings.linger)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=BURST)
        await site.start()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise Misconfigured(f"Cannot listen on {where}: {reason}. Set HOST and PORT to others.") from error
    _lengthen_queues(site)
    for host, port, *_ in runner.addresses:
        log.info("listening", url=f"http://{host}:{port}")


def _lengthen_queues(site: web.BaseSite) -> None:
    """Let more wait than asyncio, which has one number for both, accepts in a turn."""
    listening = site._server  # noqa: SLF001 - there is no other way in
    for shared in listening.sockets if isinstance(listening, asyncio.Server) else ():
        with shared.dup() as same:
            same.listen(BACKLOG)


class _Unhandled:
    """What happens in the loop and concerns no request. asyncio floods the log when descriptors are short."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in _SHORTAGES:
            loop.default_exception_handler(context)
        elif loop.time() > self._quiet_until:
            self._quiet_until = loop.time() + QUIET
            log.error("cannot accept connections", reason=error.strerror)


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
