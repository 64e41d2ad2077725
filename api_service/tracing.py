"""By what a request is known again: in logs, in answers, and in what its caller traces."""

import re
from http import HTTPStatus
from typing import TypedDict

from aiohttp import web
from aiohttp.typedefs import Handler
from structlog.contextvars import bind_contextvars, unbind_contextvars

from shared.chance import RandomBits
from shared.logs import trace_id
from shared.spans import Facts, Span, Tracer

HEADER = "X-Request-ID"
REQUEST_ID: web.RequestKey[str] = web.RequestKey("REQUEST_ID", str)
SPAN: web.RequestKey[Span] = web.RequestKey("SPAN", Span)
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
    """Only what the caller has sent; where requests have spans, the job is a part of that."""
    found: Marks = {}
    if id := _sent(request):
        found["request_id"] = id
    if parent := span_of(request) or _traceparent(request):
        found["traceparent"] = parent
    return found


def span_of(request: web.Request) -> str:
    """The traceparent of the request's own span; empty where requests have none."""
    span = request.get(SPAN)
    return "" if span is None else span.traceparent


async def traced(tracer: Tracer, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request in a span of its own, a part of what its caller traces."""
    route = route_of(request)
    named = {"http.route": route} if route else {}
    facts: Facts = {"http.request.method": request.method, **named, "dmps.request_id": request[REQUEST_ID]}
    name = f"{request.method} {route}".strip()
    span = request[SPAN] = tracer.begin(name, "server", facts, parent=_traceparent(request))
    bind_contextvars(trace_id=trace_id(span.traceparent))
    response: web.StreamResponse | None = None
    try:
        with span.current():
            response = await handler(request)
    finally:
        answer: Facts = {} if response is None else {"http.response.status_code": response.status}
        span.end(answer, failed=_failure_of(response))
    return response


def route_of(request: web.Request) -> str:
    """The template of the request's route, of which there are few; empty for a path or method that is not there."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _failure_of(response: web.StreamResponse | None) -> str:
    """As OpenTelemetry's conventions for HTTP have it: a server's mistakes are failures, a caller's are not."""
    if response is None:
        return "broken"
    return str(response.status) if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""


def _sent(request: web.Request) -> str:
    """The caller's own id; empty if there is none, or it cannot be one."""
    id = request.headers.get(HEADER, "")
    return id if _REQUEST_ID.fullmatch(id) else ""


def _traceparent(request: web.Request) -> str:
    """https://www.w3.org/TR/trace-context/#traceparent-header: one that is malformed is as good as none."""
    written = request.headers.get("traceparent", "")
    return written if _TRACEPARENT.fullmatch(written) else ""
