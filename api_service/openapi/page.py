"""The document as a page: every route with what it takes and answers, and a command that tries it."""

import re
import shlex
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from api_service.answers import encode
from api_service.html import COMMON, PAGES, Html, code, element, joined, link, page, phrase, prose
from api_service.openapi import schema_page
from api_service.problem_type import BLANK, PATH
from api_service.problem_types import PROBLEM_TYPES
from api_service.problems import CONTENT_TYPE

STYLE = COMMON + (PAGES / "docs.css").read_text()
HERE = "\x00"  # stands for scheme and host, which only a request knows
_PARAMETER = re.compile(r"\{(\w+)\}")

Part = Mapping[str, Any]


def docs_page(document: Part) -> Html:
    """The whole page. `HERE` is to be replaced."""
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    by_tag = [(tag, list(group)) for tag, group in groupby(operations, key=lambda each: each[2]["tags"][0])]
    schemas = document["components"]["schemas"]
    return page(
        "dmps: how to use it",
        STYLE,
        element("header", element("h1", document["info"]["title"], " ", document["info"]["version"])),
        element(
            "main",
            prose(document["info"]["description"]),
            element("p", "For programs: ", link("/openapi.json", code("/openapi.json")), " (OpenAPI 3.1)."),
            element("nav", *(_contents(tag, group) for tag, group in by_tag)),
            *(_resource(tag, group) for tag, group in by_tag),
            element("h2", "Problems", id="problems"),
            element("ul", *(element("li", link(known.uri, known.title)) for known in PROBLEM_TYPES.values())),
            element("h2", "Schemas", id="schemas"),
            *(schema_page.section(name, schemas[name]) for name in sorted(schemas)),
        ),
    )


def problem_page(name: str) -> Html:
    """The page of a type of problem. Raises `KeyError`."""
    known = PROBLEM_TYPES[name]
    example = {"type": known.uri, "title": known.title, "status": known.status, "detail": known.meaning}
    return page(
        f"{known.title}: dmps",
        STYLE,
        element("header", element("h1", known.title)),
        element(
            "main",
            element("p", "Status ", code(str(known.status)), ", ", code(f"{PATH}/{name}")),
            element("h2", "When"),
            prose(known.meaning),
            element("h2", "What to do"),
            prose(known.remedy),
            element("h2", "How it looks"),
            _json(example),
            element("p", link("/docs", "All routes, problems and schemas")),
        ),
    )


def _contents(tag: str, operations: Iterable[tuple[str, str, Part]]) -> Html:
    entries = (
        element("li", link(f"#{operation['operationId']}", code(f"{method.upper()} {path}")), " ", operation["summary"])
        for method, path, operation in operations
    )
    return joined(element("h3", tag), element("ul", *entries))


def _resource(tag: str, operations: Iterable[tuple[str, str, Part]]) -> Html:
    return joined(element("h2", tag), *(_operation(*operation) for operation in operations))


def _operation(method: str, path: str, operation: Part) -> Html:
    responses = operation["responses"].items()
    return element(
        "section",
        element("h3", code(f"{method.upper()} {path}")),
        element("p", phrase(operation["summary"])),
        prose(operation["description"]) if "description" in operation else "",
        _parameters(operation.get("parameters", ())),
        _body(operation["requestBody"]) if "requestBody" in operation else "",
        element("h4", "Try it"),
        element("pre", code(_curl(method, path, operation))),
        element("h4", "Answers"),
        element("dl", *(_response(status, response) for status, response in responses)),
        id=operation["operationId"],
    )


def _parameters(parameters: Iterable[Part]) -> Html:
    told = [
        joined(
            element(
                "dt",
                code(parameter["name"]),
                " ",
                element(
                    "small",
                    f"in the {parameter['in']}: ",
                    schema_page.kind(parameter["schema"]),
                    schema_page.bounds(parameter["schema"]),
                ),
            ),
            element("dd", phrase(parameter["description"])),
        )
        for parameter in parameters
    ]
    return joined(element("h4", "Parameters"), element("dl", *told)) if told else Html("")


def _body(body: Part) -> Html:
    media_types = element("small", " or ".join(body["content"]))
    content = next(iter(body["content"].values()))
    return joined(element("h4", "Body"), element("p", phrase(body["description"]), " ", media_types), _content(content))


def _response(status: str, response: Part) -> Html:
    headers = [joined(" ", code(name)) for name in response.get("headers", {})]
    sent = element("p", "Headers:", *headers) if headers else ""
    content = response.get("content", {})
    media_types = element("small", " or ".join(content))
    shown = joined(*(_problems(each) if kind == CONTENT_TYPE else _content(each) for kind, each in content.items()))
    return joined(
        element("dt", code(status), " ", media_types), element("dd", phrase(response["description"]), sent, shown)
    )


def _problems(content: Part) -> Html:
    """The types of problem that a refusal may have, each of which has a page."""
    examples = content["examples"].values()
    links = [link(example["value"]["type"], example["summary"]) for example in examples if _has_page(example)]
    return element("p", *(part for each in links for part in (each, " "))) if links else Html("")


def _has_page(example: Part) -> bool:
    return bool(example["value"]["type"] != BLANK)


def _content(content: Part) -> Html:
    schema = element("p", "Schema: ", schema_page.kind(content["schema"])) if "schema" in content else ""
    examples = content.get("examples", {}).items()
    return joined(schema, *(_example(name, example["value"]) for name, example in examples))


def _example(name: str, value: Any) -> Html:  # noqa: ANN401 - any JSON value
    return element("details", element("summary", "Example: ", name), _json(value))


def _json(value: Any) -> Html:  # noqa: ANN401 - any JSON value
    return element("pre", code(msgspec.json.format(encode(value), indent=2).decode()))


def _curl(method: str, path: str, operation: Part) -> str:
    verb = "" if method == "get" else f" -X {method.upper()}"
    body = operation.get("requestBody")
    path = _PARAMETER.sub(lambda name: name[1].upper(), path)  # curl has a use of its own for braces
    return f"curl{verb} '{HERE}{path}'{'' if body is None else _data(body['content'])}"


def _data(content: Part) -> str:
    media_type, described = next(iter(content.items()))
    examples = described.get("examples")
    if not examples:
        return f" -H 'Content-Type: {media_type}' --data-binary @FILE"
    text = encode(next(iter(examples.values()))["value"]).decode()
    return f" -H 'Content-Type: {media_type}' -d {shlex.quote(text)}"
