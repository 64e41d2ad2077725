"""The HTTP service as it runs, on a real port and a real store. Whatever it answers is held against its OpenAPI."""

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api_service.app import create_app
from api_service.capacity import make_room
from api_service.keys import DOCUMENT, SETTINGS
from api_service.server import Runner, deadlines
from shared.settings import Settings, read_settings
from tests.api_service.contract import contract

Client = TestClient[web.Request, web.Application]
Connect = Callable[[Settings], Awaitable[Client]]

COMPLEX = {"type": "calculation", "payload": {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}}


class ServerUnderTest(TestServer):
    """aiohttp's test server, run by our own runner."""

    async def _make_runner(self, **kwargs: Any) -> web.AppRunner:
        if (settings := self.app.get(SETTINGS)) is None:
            return Runner(self.app, **kwargs)
        return Runner(self.app, deadlines=deadlines(settings), room=make_room(settings.max_connections), **kwargs)


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    return dataclasses.replace(read_settings(), redis_url=redis_url, data_dir=tmp_path / "a data directory")


@pytest.fixture
def connect(aiohttp_client: Callable[..., Awaitable[Client]]) -> Connect:
    async def connected(settings: Settings) -> Client:
        app = create_app(settings)
        return await aiohttp_client(ServerUnderTest(app), middlewares=(contract(app[DOCUMENT]).watch,))

    return connected


@pytest.fixture
async def client(connect: Connect, settings: Settings) -> Client:
    return await connect(settings)


@pytest.fixture
def submit(client: Client) -> Callable[..., Awaitable[str]]:
    """Submits a job with these options and answers its id."""

    async def submitted(**options: Any) -> str:
        async with client.post("/api/jobs", json={**COMPLEX, "options": options}) as response:
            assert response.status == 202, await response.text()
            job_id: str = (await response.json())["jobId"]
            return job_id

    return submitted
