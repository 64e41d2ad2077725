import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientPayloadError, web
from structlog.testing import capture_logs

from api_service.middlewares import problems
from api_service.problems import Problem
from tests.api_service.conftest import Client, ServerUnderTest


async def refuse(_: web.Request) -> web.Response:
    raise Problem(418, "I am a teapot", "Short and stout.")


async def break_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"half of it")
    raise RuntimeError("the rest is lost")


async def read(request: web.Request) -> web.Response:
    request.app[READING].set()
    await request.read()
    return web.Response()


READING: web.AppKey[asyncio.Event] = web.AppKey("READING", asyncio.Event)


@pytest.fixture
async def client(aiohttp_client: Callable[..., Awaitable[Client]]) -> Client:
    app = web.Application(middlewares=[problems], handler_args={"access_log": None})
    app[READING] = asyncio.Event()
    app.add_routes([web.get("/refuse", refuse), web.get("/break-off", break_off), web.post("/read", read)])
    return await aiohttp_client(ServerUnderTest(app))


async def test_a_problem_that_is_raised_is_answered(client: Client) -> None:
    async with client.get("/refuse") as response:
        assert (response.status, (await response.json(content_type=None))["title"]) == (418, "I am a teapot")


async def test_a_response_that_has_begun_ends_with_its_connection_and_is_logged(client: Client) -> None:
    with capture_logs() as logged:
        async with client.get("/break-off") as response:
            assert response.status == 200
            with pytest.raises(ClientPayloadError):
                await response.read()
    assert [entry["event"] for entry in logged] == ["response broken off"]


async def test_a_caller_who_hangs_up_is_no_error_of_ours(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it")
    with capture_logs() as logged:
        await client.app[READING].wait()
        writer.transport.abort()
        await client.close()
    assert logged == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
