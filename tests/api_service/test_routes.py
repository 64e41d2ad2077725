import pytest
from aiohttp import web

from api_service.access import ANYONE, Role
from api_service.problem_types import (
    API_KEY_NEEDED,
    API_KEY_NOT_VALID,
    JOB_NOT_FOUND,
    MALFORMED_JSON,
    NOT_ACCEPTABLE,
    RATE_LIMIT_EXCEEDED,
    ROLE_DOES_NOT_SUFFICE,
    STORE_UNAVAILABLE,
    VALIDATION_FAILED,
)
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


def test_whoever_needs_a_key_may_lack_it_and_a_role_above_the_least_may_not_suffice() -> None:
    of_keys = {API_KEY_NEEDED, API_KEY_NOT_VALID, RATE_LIMIT_EXCEEDED}
    assert not of_keys & set(Operation("x", ANYONE, "X.", FINE).problems)
    viewer = set(Operation("x", Role.VIEWER, "X.", FINE, uses_store=False).problems)
    assert of_keys | {STORE_UNAVAILABLE} <= viewer
    assert ROLE_DOES_NOT_SUFFICE not in viewer
    assert ROLE_DOES_NOT_SUFFICE in Operation("x", Role.SUBMITTER, "X.", FINE).problems


def test_a_route_offers_the_media_types_of_its_answers() -> None:
    answers = (Answer(200, "Fine.", SubmissionSchema, media_types=("text/html",)), Answer(204, "Gone."))
    assert Operation("x", ANYONE, "X.", answers).offered == ("application/json", "text/html")
    assert NOT_ACCEPTABLE in Operation("x", ANYONE, "X.", answers).problems
    assert NOT_ACCEPTABLE not in Operation("x", ANYONE, "X.", FINE).problems
