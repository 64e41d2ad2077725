"""By what a request is known again: in logs, in answers, and in what its caller traces."""

import re
from typing import TypedDict

from aiohttp import web
from structlog.contextvars import bind_contextvars, unbind_contextvars

from shared.chance import RandomBits
from shared.logs import trace_id

HEADER = "X-Request-ID"
REQUEST_ID: web.RequestKey[str] = web.RequestKey("REQUEST_ID", str)
TOLD: web.RequestKey[dict[str, str]] = web.RequestKey("TOLD", dict)  # headers that its answer will have

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_random_bits = RandomBits()


class Marks(TypedDict, total=False):
    """What a job keeps of the request that submitted it, by the names in the record."""

    request_id: str
    traceparent: str


def begin(request: web.Request) -> None:
    """Give a request its id, the caller's or one of ours, also for all that is logged about it."""
    id = request[REQUEST_ID] = _sent(request) or f"{_random_bits(64):016x}"
    parent = _traceparent(request)
    unbind_contextvars("trace_id")  # of an earlier request on this connection
    bind_contextvars(request_id=id, **({"trace_id": trace_id(parent)} if parent else {}))


def marks(request: web.Request) -> Marks:
    """Only what the caller has sent."""
    found: Marks = {}
    if id := _sent(request):
        found["request_id"] = id
    if parent := _traceparent(request):
        found["traceparent"] = parent
    return found


def _sent(request: web.Request) -> str:
    """The caller's own id; empty if there is none, or it cannot be one."""
    id = request.headers.get(HEADER, "")
    return id if _REQUEST_ID.fullmatch(id) else ""


def _traceparent(request: web.Request) -> str:
    """https://www.w3.org/TR/trace-context/#traceparent-header: one that is malformed is as good as none."""
    written = request.headers.get("traceparent", "")
    return written if _TRACEPARENT.fullmatch(written) else ""
