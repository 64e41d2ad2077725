"""Every action of the dashboard on jobs, by clicking in a real browser, before a real worker."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from tests.end_to_end.dashboard import test_using_the_rest
from tests.end_to_end.dashboard.actions import ACTIONS, BULK, ROUTES
from tests.end_to_end.dashboard.browser import Site, Visit, visit
from tests.end_to_end.dashboard.shop import png, scripted

pytestmark = pytest.mark.asyncio(loop_scope="package")
clicks = pytest.mark.clicks

Submit = Callable[..., Awaitable[str]]

CALCULATION = '{"operation": "sum", "numbers": [40, 2]}'
REJECTED = {"do": "reject", "message": "Not like this."}


@pytest_asyncio.fixture(loop_scope="package")
async def submit(site: Site) -> AsyncIterator[Submit]:
    """Submits a job through the API, and answers its id."""
    async with ClientSession(site.url, raise_for_status=True) as session:

        async def submitted(body: Any) -> str:
            async with session.post("/api/jobs", json=body) as response:
                id: str = (await response.json())["jobId"]
                return id

        yield submitted


async def test_every_action_is_clicked() -> None:
    tests = [*globals().values(), *vars(test_using_the_rest).values()]
    marks = [mark for test in tests if callable(test) for mark in getattr(test, "pytestmark", ())]
    assert {action for mark in marks if mark.name == "clicks" for action in mark.args} == ACTIONS
    assert {action.partition("?")[0] for action in ACTIONS} == ROUTES


@clicks("/submit", "/jobs/{id}/delete")
async def test_a_job_is_submitted_and_deleted(here: Visit) -> None:
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
    await here.click("Delete")
    await here.page.get_by_role("button", name="Keep it as it is").click()
    await here.click("Delete")
    await here.sure()
    await here.sees("The job is gone, with all its traces.")


@clicks("/jobs/{id}/replay?payload")
async def test_a_job_is_edited_and_replayed(here: Visit, filled: dict[str, str]) -> None:
    await here.open(filled["sum"])
    await here.click("Edit and replay", "link")
    await here.page.get_by_label("Payload").fill(CALCULATION)
    await here.page.get_by_text("How it is run").click()
    await here.page.get_by_label("priority").select_option("high")
    await here.page.get_by_label("timeout").fill("0")
    await here.click("Submit")
    await here.sees("Must be between 0.1 and")
    await here.page.get_by_label("timeout").fill("12")
    await here.click("Submit")
    await here.sees("This is the new job.")
    await here.sees('"sum": 42')
    assert "high" in await here.page.locator("#facts").inner_text()


@clicks("/submit?payload")
async def test_a_payload_is_submitted_as_json(here: Visit) -> None:
    await here.open("/submit?type=calculation")
    await here.click("JSON", "link")
    await here.page.get_by_label("Payload").fill(CALCULATION)
    await here.click("Submit")
    await here.sees('"sum": 42')


@clicks("/files", "/submit")
async def test_a_file_is_uploaded_and_worked_on(here: Visit, tmp_path: Path) -> None:
    (tmp_path / "hills.png").write_bytes(png())
    await here.open("/submit?type=file-processing")
    await here.page.get_by_label("Upload a file for fileId").set_input_files(tmp_path / "hills.png")
    await expect(here.page.get_by_label("fileId", exact=False).first).to_have_value(re.compile("[0-9a-f-]{36}"))
    await here.click("Submit")
    await here.sees("The job is submitted.")
    await here.page.locator(".head .status.completed").wait_for()


@clicks("/jobs/{id}/amend", "/jobs/{id}/cancel", "/jobs/{id}/retry", "/jobs/{id}/replay")
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
    await here.click("Replay")
    await here.sees("This is the new job.")


@clicks("/jobs/{id}/amend", "/jobs/{id}/amend?now=true")
async def test_a_job_that_is_not_due_is_put_off_and_run_now(here: Visit, submit: Submit) -> None:
    await here.open(f"/jobs/{await submit(scripted({'do': 'return', 'value': 42}, delay=600))}")
    await here.page.get_by_text("Change it").click()
    await here.page.get_by_label("Due (UTC)").fill("2040-01-31T12:00:00")
    await here.click("Change")
    await here.page.locator('#facts time[title="2040-01-31 12:00:00 UTC"]').wait_for()
    await here.click("Run now")
    await here.page.locator(".head .status.completed").wait_for()


@clicks("/jobs/{id}/retry?subtree=true", "/jobs/{id}/cancel?subtree=true", "/jobs/{id}/delete?subtree=true")
async def test_whole_trees_are_retried_cancelled_and_deleted(here: Visit, submit: Submit) -> None:
    for child, ended in ((scripted(REJECTED), "failed"), (scripted({"do": "return"}, delay=600), "cancelled")):
        root = await submit({**scripted({"do": "return"}), "children": [child]})
        await here.open(f"/jobs/{root}")
        if ended == "failed":
            await here.click("Retry tree")
            await here.sees("has all its attempts again")
        else:
            await here.click("Cancel tree")
            await here.sure()
            await here.sees("are cancelled, or are being stopped")
        await here.page.locator(f".head .status.{ended}").wait_for()
        below = here.page.locator(f"#tree .node.{ended}:not(.here)")
        await below.wait_for()
        await below.click()
        await here.page.locator(f".head .status.{ended}").wait_for()
        child_page = here.page.url
        await here.page.go_back()
        await here.click("Delete tree")
        await here.sure()
        await here.sees("are gone, with all their traces")
        await here.page.goto(child_page)
        await here.sees("Job not found")


@clicks("/jobs/{id}/cancel")
async def test_progress_and_log_are_told_as_they_come(here: Visit, submit: Submit) -> None:
    id = await submit(scripted({"do": "sleep", "seconds": 60, "percent": 40}))
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


@clicks("/jobs?action=cancel&scope=marked")
async def test_the_list_is_live_and_keeps_what_was_marked(here: Visit, submit: Submit) -> None:
    await here.open("/jobs?tag=live")
    body = {"type": "calculation", "payload": json.loads(CALCULATION), "options": {"tags": ["live"], "delay": 600}}
    for number in range(2):
        await submit(body)
        await here.page.locator(f"tbody tr:nth-child({number + 1})").wait_for()
        await here.page.locator("tbody input").last.check()
    await here.sees("1 marked")
    await here.page.get_by_label("What to do").select_option("cancel")
    await here.click("Go")
    await here.sure()
    await here.sees("Cancel: 1 done")


async def test_a_list_is_held_and_goes_on_by_hand(here: Visit, browser: Browser, submit: Submit) -> None:
    await here.open("/jobs?tag=held")
    await here.click("live")
    other = await visit(browser, here.site)
    await other.open("/jobs?tag=held")
    for _ in range(3):
        await submit(scripted({"do": "return"}, tags=["held"], delay=600))
    await other.page.locator("tbody tr:nth-child(3)").wait_for()
    await other.close()
    assert await here.page.locator("tbody tr").count() == 0
    await here.click("paused")
    await here.page.locator("tbody tr:nth-child(3)").wait_for()
    await here.page.locator("tbody input").first.click()
    await here.page.locator("tbody input").last.click(modifiers=["Shift"])
    await here.sees("3 marked")


async def test_a_page_says_when_it_is_not_up_to_date_and_why(here: Visit, submit: Submit) -> None:
    id = await submit(json.loads(f'{{"type": "calculation", "payload": {CALCULATION}}}'))
    await here.open(f"/jobs/{id}")
    await here.sees('"sum": 42')
    await here.page.context.set_offline(offline=True)
    await here.sees("The service does not answer. You see how it was.")
    await here.page.context.set_offline(offline=False)
    await here.page.locator("#stale").wait_for(state="hidden")
    await here.page.context.set_offline(offline=True)
    async with ClientSession(here.site.url) as session, session.delete(f"/api/jobs/{id}") as response:
        assert response.status == 204
    await here.page.context.set_offline(offline=False)
    await here.sees("This is gone: it has expired, or somebody has deleted it.")
    here.faults = [fault for fault in here.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


@clicks(
    *(f"/jobs?action={verb}&scope=marked" for verb in BULK),
    *(f"/jobs?action={verb}&scope=all" for verb in BULK),
    *(f"/jobs?action={verb}&scope=all&sure=yes" for verb in BULK),
)
async def test_jobs_are_acted_upon_many_at_once(here: Visit, submit: Submit) -> None:
    for _ in range(2):
        await submit(scripted(REJECTED, tags=["many"]))
        await submit(scripted(REJECTED, tags=["many"], delay=600))
    for scope, verb in (
        (scope, verb) for scope in ("marked", "all") for verb in ("replay", "retry", "cancel", "delete")
    ):
        await here.open(f"/jobs?tag=many&status={'scheduled' if verb == 'cancel' else 'failed'}")
        await here.page.locator("tbody input").first.check()
        await here.page.get_by_label("Which jobs").select_option(scope)
        await here.page.get_by_label("What to do").select_option(verb)
        await here.click("Go")
        if scope == "marked":
            if verb in {"cancel", "delete"}:
                await here.sure()
            await here.sees(f"{verb.capitalize()}: 1 done")
            await here.click("Back to the list", "link")
        else:
            await here.page.get_by_role("button", name=re.compile(f"{verb.capitalize()} [1-9]")).click()
            await here.page.locator(".head .status.completed").wait_for()
    await here.open("/jobs?tag=many&status=failed&status=scheduled")
    await here.sees("No job fits")
