"""The dashboard as a browser gets it. Its pages are no part of OpenAPI, so nothing is held against that here."""

from collections.abc import Awaitable, Callable

import pytest

from api_service.app import create_app
from shared.settings import Settings
from tests.api_service.conftest import Client, ServerUnderTest

Browse = Callable[[Settings], Awaitable[Client]]

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def browse(aiohttp_client: Callable[..., Awaitable[Client]]) -> Browse:
    async def connected(settings: Settings) -> Client:
        return await aiohttp_client(ServerUnderTest(create_app(settings)), headers=BROWSER)

    return connected


@pytest.fixture
async def site(browse: Browse, settings: Settings) -> Client:
    return await browse(settings)
