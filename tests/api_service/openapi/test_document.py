import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from jsonschema_rs import Draft202012Validator

from api_service.app import RESOURCES, create_app
from api_service.dashboard.routes import PAGES
from api_service.keys import DOCUMENT
from api_service.problem_type import type_uri
from api_service.problem_types import PROBLEM_TYPES
from api_service.routes import Route
from shared.settings import read_settings
from shared.webhooks import EVENTS, TEST
from tests.api_service.contract import Contract, contract
from tests.processes import ROOT

METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@pytest.fixture(scope="module")
def app() -> web.Application:
    return create_app(read_settings())


@pytest.fixture(scope="module")
def held(app: web.Application) -> Contract:
    return contract(app[DOCUMENT])


@pytest.fixture(scope="module")
def document(held: Contract) -> Any:
    return held.document


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def parts(value: Any) -> Iterator[Any]:
    yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(below)


def test_every_route_is_described_and_nothing_else(app: web.Application, document: Any) -> None:
    served = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.method in METHODS and route.resource is not None
    }
    pages = {(page.path, page.method.lower()) for page in PAGES}  # of the dashboard, for people
    assert served - pages == {(path, method) for path, method, _ in operations(document)}
    assert all(isinstance(route, Route) for resource in RESOURCES for route in resource.ROUTES)


def test_every_operation_has_an_id_of_its_own_and_a_sentence(document: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for _, _, operation in operations(document):
        assert operation["summary"].endswith(".")


def test_every_parameter_of_a_path_is_described(document: Any) -> None:
    for path, _, operation in operations(document):
        described = {part["name"] for part in operation.get("parameters", ()) if part["in"] == "path"}
        assert described == set(re.findall(r"\{(\w+)\}", path)), path


def test_every_reference_leads_somewhere(document: Any) -> None:
    for part in parts(document):
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            target: Any = document
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]


def test_every_schema_is_one(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)  # as OpenAPI has it
        Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def test_every_member_of_an_answer_is_explained(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for member, part in schema.get("properties", {}).items():
            assert part.keys() & {"description", "$ref"}, f"{member} of {name}"


def test_every_example_is_as_its_schema_has_it(document: Any, held: Contract) -> None:
    seen = 0
    for part in parts(document["paths"]):
        if isinstance(part, dict) and "examples" in part and "$ref" in part.get("schema", {}):
            for example in part["examples"].values():
                seen += 1
                assert list(held.errors(part["schema"]["$ref"], example["value"])) == [], example
    assert seen > 50


def test_every_answer_in_json_and_every_refusal_has_an_example(document: Any) -> None:
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                assert not media_type.endswith("json") or content.get("examples") or path == "/openapi.json", (
                    path,
                    method,
                    status,
                )


def test_a_submission_is_one_of_the_job_types_by_its_type(held: Contract) -> None:
    reference = "#/components/schemas/Submission"
    good = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2**64, 1.5]}}
    assert list(held.errors(reference, good)) == []
    for wrong in (
        {**good, "type": "data-enrichment"},
        {**good, "type": "nope"},
        {**good, "payload": {"operation": "variance", "numbers": [1]}},
        {**good, "options": {"delay": 1, "runAt": "2030-01-31T12:00:00Z"}},
        {**good, "extra": 1},
    ):
        assert list(held.errors(reference, wrong)) != []


def raised() -> Iterator[tuple[int, str]]:
    """The status and title of every problem that the source raises, and of those in the table of exceptions."""
    for path in set((ROOT / "api_service").rglob("*.py")) - {ROOT / "api_service" / "problem_types.py"}:
        for node in ast.walk(ast.parse(path.read_text())):
            pair = node.args[:2] if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            match pair:
                case [ast.Constant(value=int(status)), ast.Constant(value=str(title))] if status >= 400:
                    yield status, title


def test_every_problem_has_its_page() -> None:
    found = {type_uri(*pair) for pair in raised()} - {"about:blank"}
    assert len(found) > 10
    assert found == {known.uri for known in PROBLEM_TYPES.values()}


def test_every_problem_is_answered_by_some_route(document: Any) -> None:
    examples = {
        name
        for _, _, operation in operations(document)
        for status, response in operation["responses"].items()
        for content in response.get("content", {}).values()
        if status >= "4"
        for name in content["examples"]
    }
    assert set(PROBLEM_TYPES) <= examples


def test_what_webhooks_are_told_is_described_by_event(document: Any, held: Contract) -> None:
    assert set(document["webhooks"]) == {*EVENTS, TEST}
    for event, methods in document["webhooks"].items():
        (content,) = methods["post"]["requestBody"]["content"].values()
        (example,) = content["examples"].values()
        assert example["value"]["type"] == event
        assert list(held.errors(content["schema"]["$ref"], example["value"])) == []
