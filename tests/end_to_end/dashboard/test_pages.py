"""The pages of the dashboard in a real browser: for all people, on a phone, by keyboard, without scripts; pictures."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.end_to_end.dashboard.browser import NARROW, WIDE, Site, Visit, visit
from tests.end_to_end.dashboard.shop import write_oddly

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGES = (
    "/", "/day", "/jobs", "/jobs?status=failed&type=scripted", "/failures", "/submit", "/submit?type=calculation",
    "/submit?type=file-processing&as=json", "/queues", "/workers", "/schedules", "/schedules/new", "/webhooks",
    "/jobs/nothing", "{picture}", "{flow}", "{failed}", "{picture}/replay", "{schedule}", "{webhook}",
)  # fmt: skip
DARK = ("/", "/jobs", "/failures", "/submit?type=calculation", "/queues", "/workers", "{flow}", "{failed}", "{webhook}")
RULES: dict[str, Any] = {  # what does not depend on colours need not be looked at twice
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}
SERIOUS = {"serious", "critical"}


async def test_pictures_of_the_main_pages(here: Visit, filled: dict[str, str]) -> None:
    for name, path in (("overview", "/"), ("jobs", "/jobs"), ("job", "{picture}"), ("flow", "{flow}")):
        await here.open(path.format(**filled))
        assert await here.page.locator("main h1").count() == 1
        await here.picture(name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_used_by_all_and_breaks_no_rule(
    browser: Browser, site: Site, filled: dict[str, str], scheme: Any
) -> None:
    opened = await visit(browser, site, color_scheme=scheme)
    for path in PAGES if scheme == "light" else DARK:
        await opened.open(path.format(**filled))
        found = (await Axe().run(opened.page, options=RULES[scheme])).response["violations"]
        serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS]
        assert serious == [], (path, scheme)
        assert await opened.page.evaluate("faults") == [], path
    await opened.close()


async def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, site: Site, filled: dict[str, str]) -> None:
    opened = await visit(browser, site, viewport=NARROW, color_scheme="dark")
    for path in PAGES:
        await opened.open(path.format(**filled))
        assert await opened.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        if path == "/":
            await opened.picture("phone")
    await opened.close()


async def test_all_is_reached_by_keyboard_alone(here: Visit, filled: dict[str, str]) -> None:
    await here.open("/")
    press = here.page.keyboard.press
    await press("Tab")
    assert await here.page.evaluate("document.activeElement.textContent") == "Skip to content"
    await press("Enter")
    assert await here.page.evaluate("document.activeElement.id") == "main"
    await press("Control+k")
    await here.page.keyboard.type("jobs that are fai")
    await here.picture("palette")
    assert (await Axe().run(here.page, options=RULES["light"])).response["violations"] == []
    await press("Enter")
    await here.page.wait_for_url("**/jobs?status=failed")
    await press("/")
    await here.page.keyboard.type(filled["failed"].rpartition("/")[2])
    await press("Enter")
    await here.page.wait_for_url(f"**{filled['failed']}")
    await here.page.get_by_role("link", name="Overview").focus()
    for _ in range(40):
        await press("Tab")
        if await here.page.evaluate("document.activeElement.textContent.trim()") == "Replay":
            break
    outline = await here.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"  # where one is, is to be seen
    await press("Enter")
    await here.sees("This is the new job.")


async def test_without_scripts_all_is_there(browser: Browser, site: Site, filled: dict[str, str]) -> None:
    opened = await visit(browser, site, java_script_enabled=False)
    await opened.open("/submit?type=calculation")
    await opened.page.get_by_label("numbers").fill("[1, 2]")
    await opened.click("Submit")
    await opened.sees("The job is submitted.")
    await opened.open(filled["waiting_too"])
    await opened.click("Cancel")
    await opened.sees("The job is cancelled")
    await opened.open("/failures")
    await opened.click("Retry the type")
    await opened.sees("scripted")
    await opened.page.context.close()


async def test_nothing_that_somebody_writes_breaks_a_page(here: Visit, site: Site) -> None:
    paths = await write_oddly(site)
    for size in (WIDE, NARROW):
        await here.page.set_viewport_size(size)  # type: ignore[arg-type]  # playwright's own kind of dict
        for path in (
            "/",
            "/jobs",
            "/failures",
            "/queues",
            "/schedules",
            "/webhooks",
            f"{paths['odd']}/replay",
            *paths.values(),
        ):
            await here.open(path)
            assert await here.page.evaluate("document.documentElement.scrollWidth") <= size["width"], (path, size)
            assert await here.page.evaluate("faults") == [], path
