"""Holds every answer that a test gets against the document that the service gives of itself."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import ClientHandlerType, ClientPayloadError, ClientRequest, ClientResponse
from jsonschema_rs import Draft202012Validator

PROBLEM = "application/problem+json"
STREAM = "text/event-stream"
OF_HTTP = frozenset(
    {
        *("connection", "content-encoding", "content-length", "content-type", "date", "server", "transfer-encoding"),
        *("vary", "x-request-id"),
    }
)
OF_BROWSERS = "access-control-"  # the headers of Fetch
ANYWHERE = frozenset({404, 405})  # what a path or a method that is not there answers
OF_ALL = frozenset({417})  # what is refused before its path is looked at


class Contract:
    """One document, and the validators that are made of it."""

    def __init__(self, text: bytes) -> None:
        self.document = json.loads(text)
        self.schemas = {name: _closed(schema) for name, schema in self.document["components"]["schemas"].items()}
        self.paths = {
            path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in self.document["paths"]
        }
        self.validators: dict[str, Draft202012Validator] = {}

    async def watch(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """A middleware of aiohttp's client: what is not promised fails the test that asked for it."""
        response = await handler(request)
        if response.content_type != STREAM:
            try:
                body = await response.read()
            except ClientPayloadError:  # a response that breaks off
                return response
            self.hold(request.method, request.url.raw_path, response, body)
        return response

    def hold(self, method: str, path: str, response: ClientResponse, body: bytes) -> None:
        """Raises `AssertionError` for what the document does not promise."""
        where = f"{method} {path} answered {response.status}"
        operation = self.operation(method, path)
        if method == "OPTIONS" and response.status == 204:
            described: Any = {"headers": {"Allow": {"required": True}}}
        elif operation is None or response.status in OF_ALL | {405}:
            assert response.status in ANYWHERE | OF_ALL, where
            described = {**_BLANK, "headers": _allow(response.status)}
        else:
            described = operation["responses"].get(str(response.status))
            assert described is not None, f"{where}, which is not documented: {body!r}"
        _hold_headers(where, described.get("headers", {}), response)
        if method != "HEAD":
            self._hold_body(where, described.get("content", {}), response, body)

    def operation(self, method: str, path: str) -> Any:
        """What is said of a method of a path; None if nothing is."""
        wanted = "get" if method == "HEAD" else method.lower()
        for known, pattern in self.paths.items():
            if pattern.fullmatch(path) and wanted in self.document["paths"][known]:
                return self.document["paths"][known][wanted]
        return None

    def errors(self, reference: str, value: Any) -> Iterator[str]:
        """What a value lacks to be as a schema of the document has it."""
        if reference not in self.validators:
            schema = {"$ref": reference, "components": {"schemas": self.schemas}}
            self.validators[reference] = Draft202012Validator(schema, validate_formats=True)
        for error in self.validators[reference].iter_errors(value):
            yield f"{error.instance_path}: {error.message}"

    def _hold_body(self, where: str, content: Mapping[str, Any], response: ClientResponse, body: bytes) -> None:
        if not content:
            assert body == b"", f"{where} with a body that is not documented"
            return
        media_type = response.content_type
        described = content.get(media_type, content.get("*/*"))
        assert described is not None, f"{where} with {media_type}, which is not documented"
        if "schema" in described:
            value = json.loads(body)
            forms = [form["$ref"] for form in described["schema"].get("anyOf", [described["schema"]])]
            errors = [list(self.errors(form, value)) for form in forms]
            assert not all(errors), f"{where}: {errors}"
            if media_type == PROBLEM:
                types = {example["value"]["type"] for example in described["examples"].values()}
                assert value["type"] in types, f"{where} with a problem that is not documented"


@functools.cache
def contract(text: bytes) -> Contract:
    """The contract that a document is."""
    return Contract(text)


def _hold_headers(where: str, described: Mapping[str, Any], response: ClientResponse) -> None:
    for name, header in described.items():
        assert name in response.headers or not header.get("required"), f"{where} without {name}"
    known = OF_HTTP | {name.lower() for name in described}
    for name, value in response.headers.items():
        assert name.lower() in known or name.lower().startswith(OF_BROWSERS), (
            f"{where} with {name}: {value}, which is not documented"
        )


_BLANK: Mapping[str, Any] = {
    "content": {
        PROBLEM: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "examples": {"blank": {"value": {"type": "about:blank"}}},
        }
    }
}


def _allow(status: int) -> Mapping[str, Any]:
    return {"Allow": {"required": True}} if status == 405 else {}


def _closed(schema: Any) -> Any:
    """Callers ignore members that they do not know; the tests do not."""
    if isinstance(schema, dict) and "properties" in schema:
        return {"additionalProperties": False, **schema}
    return schema
