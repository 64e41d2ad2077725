"""Connections, none of which may be held for nothing: aiohttp lets a silent or slow caller stay for ever.

Instead of a timer for every request there is one look at all connections, now and then: each says what it waits for
and how far that has come, and ends once it has come no further for as long as it may take.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from api_service.problems import Problem, answer, problem_of
from api_service.refusals import Refused, last_words

SLOWEST = 512  # bytes a second: what of a body comes more slowly is not waited for beyond the deadline
PARTING = 1.0  # seconds that a connection gets to end by itself, once its handler had its time
TURN = 0.002  # seconds of looking, and then of something else
LOOKS = 4  # in the shortest deadline, but at least one a second

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Deadlines:
    """Seconds: for a request's head, the next byte of its body (or of an answer taken), and the next request."""

    head: float = 10.0
    body: float = 10.0
    idle: float = 75.0


@dataclass(frozen=True)
class Room:
    """How many connections are served at a time, and how many more are told that there is no room."""

    served: int = 10_000
    refused: int = 1_000


class Wait(Enum):
    """What a connection waits for."""

    HEAD = 1
    IDLE = 2  # the next request
    BODY = 3
    READER = 4  # that the caller takes what was answered
    NOTHING = 5  # of the caller's


class Connection(web.RequestHandler):
    """aiohttp's connection, with an end to every wait, and our answers where aiohttp has its own.

    aiohttp's own text repeats the broken bytes, and its log shows a traceback for each of them.
    """

    __slots__ = ("_body", "_heard", "_in_head", "_last", "_link", "_since", "_waited_for")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy: a stream has no other
        self._link = transport  # aiohttp forgets it when it closes it, written or not
        self._heard = 0  # bytes
        self._in_head = self._last = False
        self._since = self._loop.time()
        self._waited_for = (Wait.HEAD, 0)
        self._body = (0, 0.0, 0)  # of which request; since when; how much had been heard before it
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Every byte of the caller's comes through here."""
        self._heard += len(data)
        super().data_received(data)
        waiter = self._waiter
        self._in_head = waiter is not None and not waiter.done()  # still: so it was no whole head

    def look(self, now: float, deadlines: Deadlines) -> None:
        """End this connection if it has waited too long."""
        waits = self._waits()
        if waits != self._waited_for:
            self._waited_for, self._since = waits, now
        elif waits[0] is not Wait.NOTHING and now - self._since >= _limit(waits[0], deadlines):
            self._expire(waits[0])
            return
        if waits[0] is Wait.BODY and self._is_too_slow(now, deadlines.body):
            self._expire(Wait.BODY)

    def _waits(self) -> tuple[Wait, int]:
        """What for, and a number that changes when there is progress."""
        if self._paused or self._link.is_closing():
            return Wait.READER, self._link.get_write_buffer_size()
        if self._waiter is not None and not self._waiter.done():
            is_begun = self._in_head or not self._request_count
            return (Wait.HEAD if is_begun else Wait.IDLE), self._request_count
        request = self._current_request
        if request is not None and not (body := request.content).is_eof() and body._waiter is not None:  # noqa: SLF001
            return Wait.BODY, self._heard  # a handler wants more of it
        return Wait.NOTHING, 0

    def _is_too_slow(self, now: float, grace: float) -> bool:
        number, begin, before = self._body
        if number != self._request_count:
            self._body = (self._request_count, now, self._heard)
            return False
        return now - begin > grace + (self._heard - before) / SLOWEST

    def _expire(self, wait: Wait) -> None:
        request = self._current_request
        if wait is Wait.BODY and request is not None:
            self._last = True
            self._lingering_time = 0.0  # nor is the rest waited for in order to throw it away
            request.content.set_exception(_too_slow("The body of the request"))
        elif wait is Wait.READER:
            self._link.abort()
        else:
            if self._in_head:
                self._link.write(last_words(_too_slow("The head of the request")))
            self.force_close()

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        """Send the response; the last one says that it is."""
        if self._last:
            resp.force_close()
        return super().finish_response(request, resp, start_time)

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
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            problem = Problem(status, HTTPStatus(status).phrase, "This is not a request as HTTP/1.1 has it (RFC 9112).")
        else:
            problem = problem_of(exc if isinstance(exc, Exception) else RuntimeError(status))
        response = answer(problem)
        response.force_close()
        return response

    def close(self) -> None:
        """No more requests. One whose body still comes is heard to its end: aiohttp would turn a deaf ear to it."""
        self._last = True
        request = self._current_request
        if request is None or request.content.is_eof():
            super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's
        """End, after the request at hand or `timeout` seconds. aiohttp waits as long once more."""
        if self._request_in_progress and self._task_handler is not None:
            await asyncio.wait({self._task_handler}, timeout=timeout)
        await super().shutdown(PARTING)


class Connections(web.Server):
    """All connections: as many as there is room for, looked at now and then."""

    deadlines = Deadlines()
    room = Room()

    def watch(self, deadlines: Deadlines, room: Room) -> None:
        """From now on."""
        self.deadlines, self.room = deadlines, room
        self._kwargs = {"lingering_time": deadlines.body, **self._kwargs}  # with bodies that nobody wants
        self._parting: dict[Refused, None] = {}
        self._refused = 0
        self._every = min(1.0, min(deadlines.head, deadlines.body, deadlines.idle) / LOOKS)
        self._next_look = self._loop.call_later(self._every, self._look)

    def stop_watching(self) -> None:
        """All connections have ended."""
        self._next_look.cancel()

    def __call__(self) -> web.RequestHandler:
        """What serves a connection that was just accepted."""
        if len(self._connections) >= self.room.served:
            self._refused += 1
            return self._refuse()  # type: ignore[return-value]  # a protocol, which is all that is asked for
        return Connection(self, loop=self._loop, **self._kwargs)

    def _refuse(self) -> Refused:
        if len(self._parting) >= self.room.refused:
            next(iter(self._parting)).abort()
        refused = Refused(self._parting, self._loop.time())
        self._parting[refused] = None
        return refused

    def _look(self) -> None:
        now = self._loop.time()
        for refused in [refused for refused in self._parting if refused.is_over(now)]:
            refused.abort()
        if self._refused:
            log.warning("too many connections", refused=self._refused, limit=self.room.served)
            self._refused = 0
        self._look_on(iter(self.connections))

    def _look_on(self, rest: Iterator[web.RequestHandler]) -> None:
        """At some of them, then at the rest: to end thousands at once would keep the others waiting."""
        now = self._loop.time()
        for connection in rest:
            if isinstance(connection, Connection):
                connection.look(now, self.deadlines)
            if self._loop.time() - now > TURN:
                self._next_look = self._loop.call_later(TURN, self._look_on, rest)
                return
        self._next_look = self._loop.call_later(self._every, self._look)


def _limit(wait: Wait, deadlines: Deadlines) -> float:
    if wait is Wait.HEAD:
        return deadlines.head
    return deadlines.idle if wait is Wait.IDLE else deadlines.body


def _too_slow(what: str) -> Problem:
    return Problem(408, "Request Timeout", f"{what} came too slowly.")
