"""What holds the answers against the document would notice."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from api_service.answers import answer_json
from api_service.app import create_app
from api_service.keys import DOCUMENT
from api_service.problems import Problem, answer
from shared.settings import Settings
from tests.api_service.conftest import Client, ServerUnderTest
from tests.api_service.contract import contract

LIVE = {"status": "live"}


@pytest.mark.parametrize(
    ("response", "complaint"),
    [
        (lambda: answer_json(LIVE, 201), "which is not documented"),
        (lambda: answer_json({}), "required property"),
        (lambda: answer_json({**LIVE, "more": 1}), "Additional properties"),
        (lambda: answer_json({"status": 1}), "not of type"),
        (lambda: answer_json(LIVE, headers={"X-More": "1"}), "with X-More"),
        (lambda: web.Response(text="live"), "with text/plain"),
        (lambda: answer(Problem(400, "Malformed JSON", "Of a route without a body.")), "a problem that is not"),
    ],
)
async def test_what_is_not_promised_is_noticed(
    aiohttp_client: Callable[..., Awaitable[Client]],
    settings: Settings,
    response: Callable[[], web.Response],
    complaint: str,
) -> None:
    @web.middleware
    async def otherwise(request: web.Request, handler: Handler) -> web.StreamResponse:
        return response()

    app = create_app(settings)
    app.middlewares.append(otherwise)
    client = await aiohttp_client(ServerUnderTest(app), middlewares=(contract(app[DOCUMENT]).watch,))
    with pytest.raises(AssertionError, match=complaint):
        await client.get("/health/live")
