"""The one table exception -> problem: every refusal is an `application/problem+json` (RFC 9457).

A problem whose title is its status's own phrase has the type `about:blank`; any other has a type made of its title, and
a page there: `/problems/job-not-found` (`problem_types.py`). `errors` says which members of the request were wrong, by
JSON Pointer (RFC 6901).
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import structlog
from aiohttp import web
from msgspec import Struct, json

from api_service.problem_type import type_uri
from shared.errors import (
    DmpsError,
    FileIsGoing,
    FileIsNeeded,
    FileNotFound,
    FileTooLarge,
    IllegalTransition,
    JobNotFound,
    StorageFull,
    StoreUnavailable,
    TooManyWebhooks,
    WebhookNotFound,
)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds; the services resume within five of the store's return
MAX_ERRORS = 100  # a body of a megabyte can be wrong in a hundred thousand places

log = structlog.get_logger(__name__)


class FieldError(Struct, frozen=True):
    """What was wrong with one member of the request. `pointer` is `""` for the whole body, `/name` for a parameter."""

    pointer: str
    code: str  # for programs
    detail: str  # for people


class Problem(Exception):
    """Why a request is refused. Raise it anywhere in a handler."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers

    @property
    def body(self) -> dict[str, Any]:
        """The problem's members on the wire."""
        members = {"type": type_uri(self.status, self.title), "title": self.title, "status": self.status}
        errors = {"errors": self.errors[:MAX_ERRORS]} if self.errors else {}
        return {**members, "detail": self.detail, **errors}


_TABLE: Mapping[type[DmpsError], tuple[int, str]] = MappingProxyType(
    {
        JobNotFound: (404, "Job not found"),
        FileNotFound: (404, "File not found"),
        FileIsNeeded: (409, "File is needed"),
        FileIsGoing: (422, "Validation failed"),
        IllegalTransition: (409, "Status does not allow this"),
        FileTooLarge: (413, "File too large"),
        WebhookNotFound: (404, "Webhook not found"),
        TooManyWebhooks: (409, "Too many webhooks"),
    }
)


def problem_of(error: Exception) -> Problem:
    """The problem that answers an exception. What nobody planned is logged with its traceback and answered bare."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreUnavailable):
        return _store_unavailable(error)
    if isinstance(error, web.HTTPException):
        return _of_http(error)
    if isinstance(error, web.RequestPayloadError):
        return Problem(400, "Bad Request", "The body of the request did not arrive whole.")
    for kind, (status, title) in _TABLE.items():
        if isinstance(error, kind):
            return Problem(status, title, str(error))
    log.error("unexpected error", exc_info=error)
    return Problem(500, "Internal Server Error", "Something went wrong here; it has been logged.")


def answer(problem: Problem) -> web.Response:
    """The response that carries a problem."""
    body = json.encode(problem.body)
    return web.Response(body=body, status=problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def allowed(refusal: web.HTTPMethodNotAllowed) -> str:
    """The methods that a path has. OPTIONS is answered everywhere."""
    return ", ".join(sorted({*refusal.allowed_methods, "OPTIONS"}))


def _store_unavailable(error: StoreUnavailable) -> Problem:
    if isinstance(error, StorageFull):
        log.error("file storage full", reason=str(error))
        return Problem(507, "Insufficient Storage", "There is no room left where files are kept.")
    log.warning("store unavailable", reason=str(error))
    detail = "The store cannot be used at the moment. Try again in a few seconds."
    return Problem(503, "Store unavailable", detail, headers={"Retry-After": RETRY_AFTER})


def _of_http(error: web.HTTPException) -> Problem:
    """aiohttp's own refusals: no such route, a method that the route lacks, a body over the limit."""
    headers = {"Allow": allowed(error)} if isinstance(error, web.HTTPMethodNotAllowed) else {}
    return Problem(
        error.status, HTTPStatus(error.status).phrase, _HTTP_DETAILS.get(error.status, error.reason), headers=headers
    )


_HTTP_DETAILS = MappingProxyType(
    {
        404: "There is nothing at this path. GET / lists what there is.",
        405: "This path does not have that method; the Allow header names those it has.",
    }
)
