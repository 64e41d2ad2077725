import json

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from api_service.problems import MAX_ERRORS, FieldError, Problem, answer, problem_of
from shared.errors import DmpsError, FileNotFound, FileTooLarge, IllegalTransition, JobNotFound, StoreUnavailable


@pytest.mark.parametrize(
    ("error", "status", "type"),
    [
        (JobNotFound("x"), 404, "/problems/job-not-found"),
        (FileNotFound("x"), 404, "/problems/file-not-found"),
        (IllegalTransition("retry", "x", "completed"), 409, "/problems/status-does-not-allow-this"),
        (FileTooLarge(1), 413, "/problems/file-too-large"),
        (StoreUnavailable("refused"), 503, "/problems/store-unavailable"),
        (web.HTTPNotFound(), 404, "about:blank"),
        (web.HTTPMethodNotAllowed("PUT", ["GET"]), 405, "about:blank"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "about:blank"),
        (web.RequestPayloadError("cut off"), 400, "about:blank"),
        (RuntimeError("secret"), 500, "about:blank"),
        (DmpsError("secret"), 500, "about:blank"),
    ],
)
def test_every_exception_has_its_problem(error: Exception, status: int, type: str) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.body["type"], problem.body["status"]) == (status, type, status)
    assert "secret" not in json.dumps(problem.body)


def test_a_problem_is_its_own_answer() -> None:
    problem = Problem(418, "I am a teapot", "Short and stout.")
    assert problem_of(problem) is problem


def test_the_answer_is_problem_json() -> None:
    response = answer(Problem(422, "Validation failed", "See.", [FieldError("/a", "invalid", "Must be a b.")]))
    assert isinstance(response.body, bytes)
    assert (response.status, response.content_type) == (422, "application/problem+json")
    assert json.loads(response.body) == {
        "type": "/problems/validation-failed",
        "title": "Validation failed",
        "status": 422,
        "detail": "See.",
        "errors": [{"pointer": "/a", "code": "invalid", "detail": "Must be a b."}],
    }


def test_a_store_that_is_away_is_to_be_asked_again_and_keeps_its_address_to_itself() -> None:
    response = answer(problem_of(StoreUnavailable("Connection to 10.0.0.1 refused.")))
    assert isinstance(response.body, bytes)
    assert int(response.headers["Retry-After"]) <= 5
    assert b"10.0.0.1" not in response.body


def test_a_refused_method_says_which_are_allowed() -> None:
    response = answer(problem_of(web.HTTPMethodNotAllowed("PUT", ["GET", "POST"])))
    assert response.headers["Allow"] == "GET, OPTIONS, POST"


def test_what_nobody_planned_is_logged_with_its_traceback() -> None:
    with capture_logs() as logged:
        problem_of(RuntimeError("what happened"))
    assert [entry["log_level"] for entry in logged] == ["error"]
    assert isinstance(logged[0]["exc_info"], RuntimeError)


def test_a_problem_names_no_more_mistakes_than_people_can_read() -> None:
    problem = Problem(422, "Validation failed", "See.", [FieldError("", "x", "x")] * (MAX_ERRORS + 1))
    assert len(problem.body["errors"]) == MAX_ERRORS
