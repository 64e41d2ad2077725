"""One browser before one set of services, for all tests of the dashboard."""

import secrets
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.end_to_end.dashboard.browser import Site, Visit, chromium, is_up, services, visit
from tests.end_to_end.dashboard.shop import fill
from tests.waiting import until


@pytest.fixture(scope="package")
def pepper() -> str:
    return secrets.token_hex(32)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, pepper: str) -> Iterator[Site]:
    with services(tmp_path_factory.mktemp("dashboard"), pepper) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def filled(site: Site) -> dict[str, str]:
    """What a shop might have there, once the worker runs."""
    await until(partial(is_up, site), "the services are up", 30)
    return await fill(site)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="package")
async def here(
    browser: Browser, site: Site, filled: dict[str, str], request: pytest.FixtureRequest
) -> AsyncIterator[Visit]:
    """A window. A test that is marked with `clicks` does by clicking what it says there, and nothing else."""
    opened = await visit(browser, site)
    yield opened
    await opened.close()
    if (clicks := request.node.get_closest_marker("clicks")) is not None:
        assert opened.acted == set(clicks.args)
