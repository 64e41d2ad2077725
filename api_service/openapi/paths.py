"""The operations of the document: one for each route."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import groupby
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from api_service.bodies import JSON
from api_service.file_problem_types import UPLOAD_OFFSET_DIFFERS
from api_service.json_schema import components, example
from api_service.openapi.headers import ASKED, CACHED, LIMITED, referred
from api_service.openapi.schemas import name_of, reference
from api_service.problem_type import ProblemType
from api_service.problem_types import ROLE_DOES_NOT_SUFFICE, UNSUPPORTED_MEDIA_TYPE
from api_service.problems import CONTENT_TYPE
from api_service.routes import ANY_BYTES, Answer, Body, Operation, Route

KEY = "key"  # the name of the security scheme

Examples = Mapping[str, Mapping[str, Any]]  # by the name of a schema, by the name of an example


def tag_of(route: Route) -> str:
    """What the operations of a resource are listed under: its name in the path."""
    _, *parts = route.template.split("/")
    return parts[1].replace("-", " ").capitalize() if parts[0] == "api" else "Service"


def paths_of(routes: Iterable[Route], examples: Examples, *, has_keys: bool) -> dict[str, dict[str, Any]]:
    """The operations by path, then by method. `has_keys`: whether API keys are in force."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = {
            **_operation(route, examples),
            **(_security(route.operation) if has_keys else {}),
        }
    return paths


def _security(operation: Operation) -> dict[str, Any]:
    """The key that it takes, with the role that it needs: OpenAPI 3.1 has a place for it."""
    return {"security": [] if operation.role is None else [{KEY: [operation.role.name.lower()]}]}


def _description(operation: Operation) -> str:
    needs = "" if operation.role is None else f"The least role that may do this: `{operation.role.name.lower()}`."
    return "\n\n".join(text for text in (operation.description, needs) if text)


def _operation(route: Route, examples: Examples) -> dict[str, Any]:
    operation = route.operation
    parameters, description = _parameters(operation), _description(operation)
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [tag_of(route)],
        **({"description": description} if description else {}),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _request_body(operation.body, examples)} if operation.body else {}),
        "responses": _responses(route),
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in operation.path.items()
    ]
    in_query = [] if operation.query is None else _query(operation.query)
    headers = (*operation.headers, *(("If-None-Match",) if operation.cacheable else ()))
    return [*in_path, *in_query, *({"name": name, "in": "header", **ASKED[name]} for name in headers)]


def _query(schema: type[Schema]) -> list[dict[str, Any]]:
    """One parameter for each member; an array is written by repeating it."""
    (described,) = components({name_of(schema): schema()}).values()
    required = described.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": part.get("description", ""),
            "schema": {key: value for key, value in part.items() if key != "description"},
        }
        for name, part in described["properties"].items()
    ]


def _request_body(body: Body, examples: Examples) -> dict[str, Any]:
    content = {"schema": ANY_BYTES} if body.schema is None else _content((body.schema,), examples)
    return {
        "description": body.description,
        "required": body.is_required,
        "content": {**dict.fromkeys(body.media_types, content), **({body.lines: {}} if body.lines else {})},
    }


def _content(schemas: Sequence[type[Schema]], examples: Examples) -> dict[str, Any]:
    references = [reference(name_of(schema)) for schema in schemas]
    given = examples.get(name_of(schemas[0])) or {name_of(schema): example(schema()) for schema in schemas}
    return {
        "schema": references[0] if len(references) == 1 else {"anyOf": references},
        "examples": {name: {"value": value} for name, value in given.items()},
    }


def _responses(route: Route) -> dict[str, Any]:
    operation = route.operation
    good = {str(answer.status): _response(answer, operation) for answer in operation.answers}
    also = tuple(header for answer in operation.answers for header in answer.headers)
    seldom = _limited(operation) + tuple(header for answer in operation.answers for header in answer.sometimes)
    known = {"304": {"description": "The caller has it already.", "headers": referred(CACHED + also, seldom)}}
    by_status = groupby(sorted(route.problems, key=lambda each: each.status), key=lambda each: each.status)
    bad = {str(status): _refusal(route, status, tuple(types)) for status, types in by_status}
    return {**good, **(known if operation.cacheable else {}), **bad}


def _response(answer: Answer, operation: Operation) -> dict[str, Any]:
    always = (*answer.headers, *(CACHED if operation.cacheable else ()))
    in_json = {JSON: _content(answer.schemas, {})} if answer.schemas else {}
    shown = {} if answer.example is None else {JSON: {"examples": {"complete": {"value": answer.example}}}}
    content = {**in_json, **{media_type: shown.get(media_type, {}) for media_type in answer.media_types}}
    headers = referred(always, (*answer.sometimes, *_limited(operation)))
    return {
        "description": answer.description,
        "headers": headers,
        **({"content": content} if content else {}),
        **({"links": _links(answer.links)} if answer.links else {}),
    }


def _links(links: Mapping[str, str]) -> dict[str, Any]:
    return {id: {"operationId": id, "parameters": {"id": where}} for id, where in links.items()}


def _refusal(route: Route, status: int, types: Sequence[ProblemType]) -> dict[str, Any]:
    sometimes: tuple[str, ...] = ("Retry-After",) if status == HTTPStatus.CONFLICT else ()
    if UPLOAD_OFFSET_DIFFERS in types:
        sometimes += ("Upload-Offset", "Upload-Complete")
    patch = route.method == "PATCH" and UNSUPPORTED_MEDIA_TYPE in types
    patched = ("Accept-Patch",) if patch else ()
    if ROLE_DOES_NOT_SUFFICE in types and len(types) > 1:
        sometimes += ("WWW-Authenticate",)
    always = _ALWAYS.get(status, ()) if status != HTTPStatus.FORBIDDEN or types == (ROLE_DOES_NOT_SUFFICE,) else ()
    headers = referred(always, (*sometimes, *patched, *_limited(route.operation)))
    return {
        "description": " ".join(each.meaning for each in types),
        "headers": headers,
        "content": {
            CONTENT_TYPE: {
                "schema": reference("Problem"),
                "examples": {each.name: {"summary": each.title, "value": _example(each)} for each in types},
            }
        },
    }


_ALWAYS: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
        HTTPStatus.FORBIDDEN: ("WWW-Authenticate",),
        HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: ("Content-Range",),
        HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
    }
)


def _limited(operation: Operation) -> tuple[str, ...]:
    return () if operation.role is None else LIMITED


def _example(type: ProblemType) -> dict[str, Any]:
    return {"type": type.uri, "title": type.title, "status": type.status, "detail": type.meaning}
