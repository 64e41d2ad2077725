"""A real browser, and the services that its pages come from."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, Page, Response, async_playwright
from redis import Redis

from shared.embedded import EmbeddedStore
from tests.end_to_end.dashboard.actions import ACTIONS, offered, sent
from tests.processes import API, ROOT, WORKER, fleet

PICTURES = ROOT / "docs" / "images"
WISHED = os.environ.get("SCREENSHOTS", "")  # whether pictures are to be taken: `make screenshots`
HOOKS = {"DMPS_WEBHOOK_ALLOW": "127.0.0.0/8"}
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 860}
EXPECTED = (404, 422)
LISTEN = """
window.faults = [];
addEventListener("securitypolicyviolation", (event) => faults.push(`${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => faults.push(String(event.message)));
"""


@dataclass(frozen=True)
class Site:
    """Where the services are."""

    url: str
    locked_url: str  # the same, with keys in force
    store: EmbeddedStore
    start_worker: Callable[[], int]  # answers its process id


@dataclass
class Visit:
    """A page that is open, what was done on it, and what went wrong."""

    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)
    acted: set[str] = field(default_factory=set)  # and was not refused

    async def open(self, path: str) -> None:
        """Go there. No page may offer what is no known action: that it is clicked is seen in `test_using_jobs.py`."""
        await self.page.goto(self.site.url + path)
        assert await offered(self.page) <= ACTIONS, path

    async def click(self, name: str, role: Any = "button") -> None:
        """Press what is called so, and wait for the page that comes."""
        await self.page.get_by_role(role, name=name, exact=True).first.click()
        await self.page.wait_for_load_state()

    async def sure(self) -> None:
        """Say yes to what is asked."""
        async with self.page.expect_navigation():
            await self.page.get_by_role("button", name="Do it").click()

    async def sees(self, text: str) -> None:
        """Wait until it is to be read in what the page is about."""
        await self.page.locator("main").get_by_text(text).first.wait_for()

    async def picture(self, name: str) -> None:
        """Keep how it looks, if that is wished."""
        if WISHED:
            shot = Image.open(BytesIO(await self.page.screenshot()))
            shot.save(PICTURES / f"{name}.webp", quality=82, method=6)

    async def close(self) -> None:
        """Leave; nothing may have gone wrong."""
        self.faults += await self.page.evaluate("window.faults ?? []")
        await self.page.context.close()
        assert self.faults == [], self.faults


@contextmanager
def services(directory: Path, pepper: str) -> Iterator[Site]:
    """A store, a worker, and an API twice: open, and with keys."""
    open_port, locked_port = _free_port(), _free_port()
    with (
        EmbeddedStore(directory / "store", port=0, durable=bool(WISHED)) as store,
        fleet(directory, store.url) as started,
    ):
        started.start(API, PORT=str(open_port), **HOOKS)
        started.start(API, PORT=str(locked_port), DMPS_PEPPER=pepper, **HOOKS)
        started.start(WORKER, **HOOKS)
        urls = f"http://127.0.0.1:{open_port}", f"http://127.0.0.1:{locked_port}"
        yield Site(*urls, store, lambda: started.start(WORKER, **HOOKS).pid)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine. Without one the tests fail: they are not passed over."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path is not None, "There is no chromium: `make browser` installs it (Debian, Ubuntu), for root."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def visit(browser: Browser, site: Site, **facts: Any) -> Visit:
    """A new window, with nothing kept of others."""
    context = await browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **facts})
    page = await context.new_page()
    page.set_default_timeout(15_000)
    opened = Visit(page, site)
    page.on("console", lambda told: opened.faults.append(told.text) if is_fault(told) else None)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.on("response", lambda answer: opened.acted.add(sent(answer.request)) if has_acted(answer) else None)
    if facts.get("java_script_enabled", True):
        await page.add_init_script(LISTEN)
    return opened


def has_acted(answer: Response) -> bool:
    """Whether a form was sent, and taken."""
    return answer.request.method == "POST" and answer.status < HTTPStatus.BAD_REQUEST


def is_fault(told: ConsoleMessage) -> bool:
    """Whether it is an error, and not that a form was refused, as some are, or what was just deleted was read again."""
    return told.type == "error" and not any(f"status of {status}" in told.text for status in EXPECTED)


def workers(site: Site) -> int:
    """How many live."""
    with Redis.from_url(site.store.url) as redis:
        return int(redis.zcard("dmps:workers"))


async def is_up(site: Site) -> bool:
    """Whether both services are ready."""
    try:
        async with ClientSession(site.url) as session, session.get("/health/ready") as response:
            return response.status == 200 and workers(site) > 0
    except ClientError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
