"""The dashboard in a real browser, before a real worker: by clicking, by keyboard, without scripts; its pictures."""

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from api_service.access import Role
from api_service.authentication import new_key
from shared.store import Store, api_keys
from tests.end_to_end.browser import NARROW, Site, Visit, chromium, is_up, services, visit
from tests.end_to_end.shop import fill
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEPPER = secrets.token_hex(32)
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
CALCULATION = '{"operation": "sum", "numbers": [40, 2]}'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with services(tmp_path_factory.mktemp("dashboard"), PEPPER) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(site: Site) -> dict[str, str]:
    """What a shop might have there, once the worker runs."""
    await until(partial(is_up, site), "the services are up", 30)
    return await fill(site)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def here(browser: Browser, site: Site, filled: dict[str, str]) -> AsyncIterator[Visit]:
    opened = await visit(browser, site)
    yield opened
    await opened.close()


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


async def test_a_job_is_submitted_edited_replayed_and_deleted_by_clicking(here: Visit) -> None:
    await here.open("/")
    await here.click("Submit a job", "link")
    await here.page.locator('a[href="/submit?type=calculation"]').click()
    await here.page.get_by_label("Operation").select_option("median")
    await here.page.wait_for_url("**operation=median**")
    await here.page.get_by_label("numbers").fill("[3, 1, 2]")
    await here.picture("submit")
    await here.click("Submit")
    await here.sees("The job is submitted.")
    await here.sees('"median": 2')  # the page has read itself again
    await here.click("Edit and replay", "link")
    await here.page.get_by_label("Payload").fill(CALCULATION)
    await here.click("Submit")
    await here.sees("This is the new job.")
    await here.sees('"sum": 42')
    await here.click("Delete")
    await here.page.get_by_role("button", name="Keep it as it is").click()
    await here.click("Delete")
    await here.sure()
    await here.sees("The job is gone, with all its traces.")


async def test_a_job_that_waits_is_changed_and_cancelled_and_one_that_failed_is_retried(
    here: Visit, filled: dict[str, str]
) -> None:
    await here.open(filled["waiting"])
    await here.page.get_by_text("Change it").click()
    await here.page.get_by_label("Priority").select_option("high")
    await here.click("Change")
    await here.sees("The job is changed.")
    await here.click("Cancel")
    await here.sure()
    await here.sees("The job is cancelled")
    await here.open(filled["failed"])
    await here.click("Retry")
    await here.sees("The job has all its attempts again.")
    await here.sees("Attempt 2")


async def test_progress_and_log_are_told_as_they_come(here: Visit, filled: dict[str, str]) -> None:
    async with ClientSession(here.site.url) as session:
        step = {"do": "sleep", "seconds": 60, "percent": 40}
        async with session.post("/api/jobs", json={"type": "scripted", "payload": {"attempts": [step]}}) as response:
            id = (await response.json())["jobId"]
    await here.open(f"/jobs/{id}")
    await here.sees("on the way")
    await here.sees("a line")
    await here.page.locator(".bar.running").wait_for()
    await here.open("/workers")
    await here.page.locator(f'a[href="/jobs/{id}"]').wait_for()
    await here.picture("workers")
    await here.open(f"/jobs/{id}")
    await here.click("Cancel")
    await here.sure()
    await here.page.locator(".head .status.cancelled").wait_for()


async def test_the_list_is_live_and_keeps_what_was_marked(here: Visit) -> None:
    await here.open("/jobs?tag=live")
    body = {"type": "calculation", "payload": json.loads(CALCULATION), "options": {"tags": ["live"], "delay": 600}}
    async with ClientSession(here.site.url) as session:
        for number in range(2):
            async with session.post("/api/jobs", json=body) as response:
                assert response.status == 202
            await here.page.locator(f"tbody tr:nth-child({number + 1})").wait_for()
            await here.page.locator("tbody input").last.check()
    await here.sees("1 marked")
    await here.page.get_by_label("What to do").select_option("cancel")
    await here.click("Go")
    await here.sure()
    await here.sees("Cancel: 1 done")
    await here.click("Back to the list", "link")
    await here.page.get_by_label("Which jobs").select_option("all")
    await here.page.get_by_label("What to do").select_option("delete")
    await here.click("Go")
    await here.sees("Delete 1 job?")
    await here.click("Delete 1")
    await here.page.locator(".head .status.completed").wait_for()


async def test_queues_types_and_schedules_are_held_and_let_go(here: Visit, filled: dict[str, str]) -> None:
    await here.open("/queues")
    for region, notice in (("Queue default", "The queue is changed"), ("Job type noop", "The job type is changed")):
        part = here.page.get_by_role("region", name=region)
        await part.get_by_label("At once").fill("50")
        await part.get_by_role("button", name="Limit").click()
        await here.sees(notice)
        for verb in ("Resume", "Pause") if region.endswith("noop") else ("Pause", "Resume"):
            await part.get_by_role("button", name=verb).click()
            if verb == "Pause":
                await here.sure()
            await here.sees(notice)
    await here.open(filled["schedule"])
    for verb, notice in (("Pause", "is paused"), ("Resume", "goes on"), ("Run now", "is submitted")):
        await here.click(verb)
        await here.sees(notice)
    await here.open("/schedules")
    await here.click("Make a schedule", "link")
    await here.page.get_by_label("cron").fill("every now and then")
    await here.click("Make it")
    await here.sees("Validation failed")
    await here.page.get_by_label("cron").fill("0 6 * * *")
    await here.click("Make it")
    await here.sees("The schedule is made.")
    await here.click("Delete")
    await here.sure()
    await here.sees("The schedule is gone")


async def test_a_webhook_is_made_tested_and_deleted(here: Visit) -> None:
    await here.open("/webhooks")
    await here.page.get_by_text("Make a webhook").click()
    await here.page.get_by_label("URL").fill("http://127.0.0.1:9/hook")
    await here.click("Make it")
    await here.sees("Keep this secret now")
    await here.click("I have kept it", "link")
    await here.click("Send a test")
    await here.sees("webhook.test")
    for verb, told in (("Disable", "Somebody has disabled it."), ("Enable", "The webhook is changed.")):
        await here.click(verb)
        await here.sees(told)
    await here.click("New secret")
    await here.sure()
    await here.sees("Keep this secret now")
    await here.click("I have kept it", "link")
    await here.click("Delete")
    await here.sure()
    await here.sees("The webhook is gone.")


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


async def test_one_signs_in_and_out_and_a_viewer_is_offered_nothing(
    browser: Browser, site: Site, filled: dict[str, str]
) -> None:
    store = Store.connect(site.store.url)
    await store.synchronise()
    token, key = new_key(PEPPER, store.now(), "default", Role.VIEWER)
    await api_keys.add(store.link, key)
    await store.close()
    opened = await visit(browser, site)
    await opened.page.goto(f"{site.locked_url}/jobs")
    await opened.page.get_by_label("API key").fill(token)
    await opened.click("Sign in")
    await opened.page.wait_for_url("**/jobs")
    await opened.page.locator(".pulse:visible").wait_for()  # the stream of events knows the cookie, too
    assert await opened.page.get_by_role("link", name="Submit a job").count() == 0
    assert await opened.page.get_by_role("checkbox").count() == 0
    await opened.page.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/sign-in")
    await opened.page.evaluate(f"location.href = '{site.locked_url}/workers'")  # a link of another site
    await opened.sees("of 100 slots")
    await opened.click("Sign out")
    await opened.sees("You have signed out.")
    await opened.close()


async def test_a_worker_is_drained_at_last(here: Visit) -> None:
    await here.open("/workers")
    await here.click("Drain")
    await here.sure()
    await here.sees("The worker takes no more jobs")
    await here.sees("No worker lives")
