import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from api_service.app import RESOURCES, create_app
from api_service.server import Runner
from shared.errors import Misconfigured
from shared.settings import Settings
from tests.api_service.conftest import Client, ServerUnderTest


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/api", 404),
        ("GET", "/api/jobs/", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/%FF%00", 404),
        ("PUT", "/api/jobs", 405),
        ("DELETE", "/api/jobs", 405),
        ("OPTIONS", "/nope", 404),
        ("TRACE", "/docs", 405),
        ("PATCH", "/health/live", 405),
    ],
)
async def test_what_is_not_there_is_a_problem_too(client: Client, method: str, path: str, status: int) -> None:
    async with client.request(method, path) as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["status"], body["type"]) == (status, status, "about:blank")
        assert (status == 405) == ("Allow" in response.headers)


READABLE = [
    route.template
    for resource in RESOURCES
    for route in resource.ROUTES
    if route.method == "GET" and "{" not in route.template
]


@pytest.mark.parametrize("path", [*READABLE, "/problems/job-not-found", "/api/queues/default"])
async def test_what_can_be_read_can_be_asked_for_its_head(client: Client, path: str) -> None:
    async with client.get(path) as got, client.head(path) as response:
        assert response.status == got.status == 200
        assert await response.read() == b""
        assert response.content_type == got.content_type
        assert response.headers.get("ETag") == got.headers.get("ETag")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/api/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/api/jobs/batch", "OPTIONS, POST"),
        ("/api/jobs/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/api/jobs/x/cancel", "OPTIONS, POST"),
        ("/api/queues/x", "GET, HEAD, OPTIONS, PATCH"),
    ],
)
async def test_a_path_tells_its_methods_to_whoever_asks_or_tries_another(
    client: Client, path: str, methods: str
) -> None:
    async with client.options(path) as asked, client.put(path) as tried:
        assert (asked.status, tried.status) == (204, 405)
        assert asked.headers["Allow"] == tried.headers["Allow"] == methods
        assert await asked.read() == b""


@pytest.mark.parametrize("path", ["/health/live", "/api/job-types", "/api/queues", "/"])
async def test_a_parameter_that_nobody_reads_is_named(client: Client, path: str) -> None:
    async with client.get(f"{path}?a=1&b/c=2&a=3") as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, [error["pointer"] for error in body["errors"]]) == (422, ["/a", "/b~1c"])


async def test_where_nothing_is_parameters_change_nothing(client: Client) -> None:
    async with client.get("/nope?a=1") as response:
        assert response.status == 404


async def broken(_: web.Request) -> web.Response:
    raise RuntimeError("internals")


async def test_what_nobody_planned_is_answered_bare_and_logged(
    aiohttp_client: Callable[..., Awaitable[Client]], settings: Settings
) -> None:
    app = create_app(settings)
    app.router.add_get("/broken", broken)
    client = await aiohttp_client(ServerUnderTest(app))
    with capture_logs() as logged:
        async with client.get("/broken") as response:
            text = await response.text()
    assert (response.status, response.content_type) == (500, "application/problem+json")
    assert "Traceback" not in text
    assert "internals" not in text
    assert [entry["event"] for entry in logged] == ["unexpected error"]


async def test_a_plug_in_that_is_not_installed_stops_the_start(settings: Settings) -> None:
    with pytest.raises(Misconfigured, match="acme_missing"):
        create_app(dataclasses.replace(settings, plugins=("acme_missing",)))


@pytest.mark.parametrize("turns", range(24))
async def test_the_service_stops_at_once_whatever_it_asks_the_store(settings: Settings, turns: int) -> None:
    runner = Runner(create_app(settings))
    await runner.setup()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await runner.cleanup()
    assert asyncio.all_tasks() == {asyncio.current_task()}  # one left could connect anew, and nobody would hang up


async def test_the_service_starts_while_the_store_is_away(settings: Settings) -> None:
    app: web.Application = create_app(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1/0"))
    runner = Runner(app)
    await runner.setup()
    await runner.cleanup()
