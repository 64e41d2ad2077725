"""Answers to callers whose requests are not read: there is no room for them, or they took too long."""

import asyncio
from email.utils import formatdate
from http import HTTPStatus

from msgspec import json

from api_service.problems import CONTENT_TYPE, RETRY_AFTER, Problem

READ_WITHIN = 2.0  # seconds in which a refused caller should have read why

NO_ROOM = Problem(
    503,
    "Too many connections",
    "There are as many connections as there is room for. Try again in a few seconds.",
    headers={"Retry-After": RETRY_AFTER},
)


def last_words(problem: Problem) -> bytes:
    """A whole response, after which the connection ends."""
    body = json.encode(problem.body)
    headers = {
        **problem.headers,
        "Date": formatdate(usegmt=True),
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Refused(asyncio.Protocol):
    """A connection beyond the bound: it is told so, and closed once it has heard.

    Closing it at once, its request unread, would be a reset, by which the caller might lose the answer.
    """

    def __init__(self, parting: dict["Refused", None], now: float) -> None:
        self._parting = parting
        self._end = now + READ_WITHIN
        self._link: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer; what the caller sends is read and thrown away until it closes."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy: a stream has no other
        self._link = transport
        transport.write(last_words(NO_ROOM))
        transport.write_eof()

    def connection_lost(self, _: BaseException | None) -> None:
        """The caller has heard."""
        self._parting.pop(self, None)

    def is_over(self, now: float) -> bool:
        """Whether it had its time."""
        return now > self._end

    def abort(self) -> None:
        """End it, whatever the caller does."""
        self._parting.pop(self, None)
        if self._link is not None:
            self._link.abort()
