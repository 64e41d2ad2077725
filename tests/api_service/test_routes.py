import pytest
from aiohttp import web

from api_service.access import ANYONE
from api_service.problem_types import JOB_NOT_FOUND, MALFORMED_JSON, STORE_UNAVAILABLE, VALIDATION_FAILED
from api_service.routes import Answer, Body, Operation, get
from shared.schemas.jobs import SubmissionSchema

FINE = (Answer(200, "Fine."),)


async def handler(_: web.Request) -> web.Response:
    return web.Response()


def test_a_route_is_registered_as_aiohttp_has_it_and_can_be_asked_for_its_head() -> None:
    router = web.Application().router
    get("/x/{id:(?!y$)[^/]+}", handler, Operation("x", ANYONE, "X.", FINE)).register(router)
    assert {route.method for route in router.routes()} == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("path", "template"),
    [("/x", "/x"), ("/x/{id}", "/x/{id}"), ("/x/{id:(?!y$)[^/]+}/z/{name}", "/x/{id}/z/{name}")],
)
def test_the_patterns_of_a_path_are_not_shown(path: str, template: str) -> None:
    assert get(path, handler, Operation("x", ANYONE, "X.", FINE)).template == template


def test_the_refusals_of_what_a_route_takes_need_not_be_named() -> None:
    plain = Operation("x", ANYONE, "X.", FINE, refusals=(JOB_NOT_FOUND,))
    assert {JOB_NOT_FOUND, STORE_UNAVAILABLE} <= set(plain.problems)
    assert VALIDATION_FAILED in plain.problems  # a parameter that nobody reads
    assert MALFORMED_JSON not in plain.problems
    assert STORE_UNAVAILABLE not in Operation("x", ANYONE, "X.", FINE, uses_store=False).problems
    assert MALFORMED_JSON in Operation("x", ANYONE, "X.", FINE, body=Body("X.", SubmissionSchema)).problems
    assert MALFORMED_JSON not in Operation("x", ANYONE, "X.", FINE, body=Body("Bytes.")).problems
