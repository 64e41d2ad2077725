"""A route and what it is about, declared together: the router reads one half, OpenAPI and the pages the other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from marshmallow import Schema

from api_service.access import Role
from api_service.bodies import JSON
from api_service.guard import guarded
from api_service.problem_type import ProblemType
from api_service.problem_types import (
    API_KEY_NEEDED,
    API_KEY_NOT_VALID,
    BAD_REQUEST,
    BODY_TOO_LARGE,
    DEEP_JSON,
    HOST_NOT_SERVED,
    MALFORMED_JSON,
    NOT_ACCEPTABLE,
    PAGE_OF_ANOTHER_ORIGIN,
    RATE_LIMIT_EXCEEDED,
    REQUEST_TIMEOUT,
    ROLE_DOES_NOT_SUFFICE,
    STORE_UNAVAILABLE,
    TOO_MANY_CONNECTIONS,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION_FAILED,
)
from api_service.sites import SAFE

HTML = "text/html"
ANY_TYPE = "*/*"
_PARAMETER = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_OF_ALL = (BAD_REQUEST, HOST_NOT_SERVED, VALIDATION_FAILED, TOO_MANY_CONNECTIONS)
_OF_KEYS = (API_KEY_NEEDED, API_KEY_NOT_VALID, RATE_LIMIT_EXCEEDED, STORE_UNAVAILABLE)
_JSON_REFUSALS = (MALFORMED_JSON, DEEP_JSON, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_FAILED)


@dataclass(frozen=True)
class Answer:
    """One way in which a route answers when all is well."""

    status: int
    description: str
    schema: type[Schema] | tuple[type[Schema], ...] | None = None  # of a body in JSON; one of several
    media_types: Sequence[str] = ()  # beside JSON, or instead of it
    example: Any = None  # of a body in JSON that no schema describes
    headers: Sequence[str] = ()  # of `openapi.headers`
    sometimes: Sequence[str] = ()  # headers that need not be there
    links: Mapping[str, str] = field(default_factory=dict)  # an operation's id to where its `id` is to be found

    @property
    def schemas(self) -> tuple[type[Schema], ...]:
        """Each that a body in JSON may have."""
        if isinstance(self.schema, tuple):
            return self.schema
        return () if self.schema is None else (self.schema,)


ANY_BYTES = {"type": "string", "format": "binary", "minLength": 1}  # JSON Schema has no word for them


@dataclass(frozen=True)
class Body:
    """What a route takes."""

    description: str
    schema: type[Schema] | None = None  # None: any bytes
    media_types: Sequence[str] = (JSON,)
    is_required: bool = True
    lines: str | None = None  # a media type of text that the schema does not describe


@dataclass(frozen=True)
class Operation:
    """What a route is about. The refusals of HTTP, of JSON bodies, of queries and of the store need not be named."""

    id: str  # for programs: camelCase, unique
    role: Role | None  # the least that may use it; `ANYONE`, with or without a key
    summary: str  # a sentence
    answers: Sequence[Answer]
    description: str = ""
    path: Mapping[str, str] = field(default_factory=dict)  # its parameters: name to description
    query: type[Schema] | None = None
    headers: Sequence[str] = ()  # of the request, of `openapi.headers.ASKED`
    body: Body | None = None
    refusals: Sequence[ProblemType] = ()
    cacheable: bool = False  # answers an ETag, and 304 to a caller who has it
    uses_store: bool = True

    @property
    def offered(self) -> tuple[str, ...]:
        """The media types in which it answers."""
        in_json = (JSON,) if any(answer.schemas for answer in self.answers) else ()
        return (*in_json, *(media_type for answer in self.answers for media_type in answer.media_types))

    @property
    def problems(self) -> Sequence[ProblemType]:
        """Every refusal that it can answer, whatever its method."""
        of_keys = () if self.role is None else _OF_KEYS
        of_role = () if self.role in {None, Role.VIEWER} else (ROLE_DOES_NOT_SUFFICE,)
        of_accept = (NOT_ACCEPTABLE,) if self.offered else ()
        of_body = (REQUEST_TIMEOUT,) if self.body is not None else ()
        of_json = _JSON_REFUSALS if self.body is not None and self.body.schema is not None else ()
        of_store = (STORE_UNAVAILABLE,) if self.uses_store else ()
        of_callers = (*of_keys, *of_role, *of_accept)
        return tuple(dict.fromkeys((*_OF_ALL, *of_callers, *of_body, *of_json, *self.refusals, *of_store)))


@dataclass(frozen=True)
class Route(web.AbstractRouteDef):
    """A route; what can be read can be asked for its head, too."""

    method: str
    path: str
    handler: Handler
    operation: Operation

    @property
    def problems(self) -> Sequence[ProblemType]:
        """Every refusal that it can answer."""
        of_pages = () if self.method in SAFE else (PAGE_OF_ANOTHER_ORIGIN,)
        return (*self.operation.problems, *of_pages)

    @property
    def template(self) -> str:
        """Its path as OpenAPI has it: without the patterns of its parameters."""
        return _PARAMETER.sub(r"{\1}", self.path)

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """aiohttp's part of it."""
        told = self.operation
        handler = guarded(self.handler, told.role, told.offered, takes_query=told.query is not None)
        return web.RouteDef(self.method, self.path, handler, {}).register(router)


def get(path: str, handler: Handler, operation: Operation) -> Route:
    """A route that reads."""
    return Route("GET", path, handler, operation)


def post(path: str, handler: Handler, operation: Operation) -> Route:
    """A route that submits or does something."""
    return Route("POST", path, handler, operation)


def patch(path: str, handler: Handler, operation: Operation) -> Route:
    """A route that changes something."""
    return Route("PATCH", path, handler, operation)


def delete(path: str, handler: Handler, operation: Operation) -> Route:
    """A route that removes something."""
    return Route("DELETE", path, handler, operation)
