"""Every action of the dashboard on what is no job, by clicking in a real browser, before a real worker."""

import pytest

from api_service.access import Role
from api_service.authentication import new_key
from shared.store import Store, api_keys
from tests.end_to_end.dashboard.browser import Site, Visit
from tests.worker_service.webhooks.receiver import receiving

pytestmark = pytest.mark.asyncio(loop_scope="package")
clicks = pytest.mark.clicks


@clicks(
    *(f"/{kind}/{{name}}?{what}" for kind in ("queues", "job-types") for what in ("paused=true", "paused=false")),
    *(f"/{kind}/{{name}}?maxRunning" for kind in ("queues", "job-types")),
)
async def test_queues_and_types_are_held_and_let_go(here: Visit, filled: dict[str, str]) -> None:
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


@clicks("/schedules", *(f"/schedules/{{id}}/{verb}" for verb in ("pause", "resume", "run", "delete")))
async def test_a_schedule_is_held_let_go_run_made_and_deleted(here: Visit, filled: dict[str, str]) -> None:
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


@clicks(
    "/webhooks",
    "/webhooks/{id}/deliveries/{delivery}",
    *(f"/webhooks/{{id}}/{verb}" for verb in ("test", "disable", "enable", "rotate", "delete")),
)
async def test_a_webhook_is_made_tested_told_again_and_deleted(here: Visit) -> None:
    async with receiving() as receiver:
        await here.open("/webhooks")
        await here.page.get_by_text("Make a webhook").click()
        await here.page.get_by_label("URL").fill(receiver.url)
        await here.click("Make it")
        await here.sees("Keep this secret now")
        await here.click("I have kept it", "link")
        await here.click("Send a test")
        await here.page.locator(".delivery").click()
        await here.click("Send it again")
        await here.sees("It is on its way again.")
        await here.page.locator(".delivery").nth(1).wait_for()
        first, second = await receiver.heard(2)
        assert first.body == second.body
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


@clicks("/sign-in", "/sign-out")
async def test_one_signs_in_and_out_and_a_viewer_is_offered_nothing(here: Visit, site: Site, pepper: str) -> None:
    store = Store.connect(site.store.url)
    await store.synchronise()
    token, key = new_key(pepper, store.now(), "default", Role.VIEWER)
    await api_keys.add(store.link, key)
    await store.close()
    await here.page.goto(f"{site.locked_url}/jobs")
    await here.page.get_by_label("API key").fill(token)
    await here.click("Sign in")
    await here.page.wait_for_url("**/jobs")
    await here.page.locator(".pulse:visible").wait_for()  # the stream of events knows the cookie, too
    assert await here.page.get_by_role("link", name="Submit a job").count() == 0
    assert await here.page.get_by_role("checkbox").count() == 0
    await here.page.goto(f"{site.url.replace('127.0.0.1', 'localhost')}/sign-in")
    await here.page.evaluate(f"location.href = '{site.locked_url}/workers'")  # a link of another site
    await here.sees("of 100 slots")
    await here.click("Sign out")
    await here.sees("You have signed out.")


@clicks("/workers/{id}/drain")
async def test_a_worker_is_drained(here: Visit, site: Site) -> None:
    pid = site.start_worker()
    await here.open("/workers")
    worker = here.page.locator(".worker").filter(has_text=f"pid {pid}")
    await worker.get_by_role("button", name="Drain").click()
    await here.sure()
    await here.sees("The worker takes no more jobs")
    await worker.wait_for(state="detached")
