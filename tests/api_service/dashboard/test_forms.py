"""Forms that make something: jobs, schedules, webhooks, limits."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from shared.discovery import job_types
from shared.job import DEFAULT_TENANT
from shared.store import JobFilter, Store
from shared.store.control import of_queue, of_type
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import page, send, words

FIGURES = {"type": "calculation", "operation": "sum", "/payload/numbers": "[1, 2.50, 3]"}


class Fields(HTMLParser):
    """What a form is filled in with as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        name = known.get("name") or ""
        if tag == "textarea":
            self._area = name
        if tag == "input" and name:
            self.found[name] = known.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] = data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == "textarea" else self._area


async def payloads(store: Store) -> list[bytes]:
    views = (await store.page(DEFAULT_TENANT, JobFilter())).jobs
    return [bytes(view.job.payload) for view in views]


async def test_each_type_has_a_form_that_submits_its_example(site: Client) -> None:
    for name in job_types(()):
        text = await page(site, f"/submit?type={name}")
        reader = Fields()
        reader.feed(text.partition('action="/submit" class="card"')[2])
        status, place, answer = await send(site, "/submit", reader.found)
        assert (status, place[:6]) == (303, "/jobs/"), (name, words(answer))


async def test_numbers_are_submitted_as_they_were_written_and_options_are_heeded(site: Client, store: Store) -> None:
    status, *_ = await send(
        site, "/submit", {**FIGURES, "/options/priority": "high", "/options/delay": "60", "/options/tags": "a b"}
    )
    assert status == 303
    (view,) = (await store.page(DEFAULT_TENANT, JobFilter())).jobs
    assert bytes(view.job.payload) == b'{"operation":"sum","numbers":[1, 2.50, 3]}'
    assert (view.job.priority, view.job.tags, view.job.status) == ("high", ("a", "b"), "scheduled")


async def test_a_form_that_is_sent_twice_submits_one_job(site: Client, store: Store) -> None:
    answers = await asyncio.gather(*(send(site, "/submit", {**FIGURES, "once": "ab12"}) for _ in range(2)))
    assert 303 in {status for status, *_ in answers}
    assert len(await payloads(store)) == 1


async def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(site: Client, store: Store) -> None:
    wrong = {**FIGURES, "/payload/numbers": "[1, true]", "/options/timeout": "0", "/options/tags": "kept"}
    status, _, text = await send(site, "/submit", wrong)
    assert status == 422
    assert "/payload/numbers/1" in words(text)
    assert '<strong class="error">' in text
    assert 'value="kept"' in text
    assert "[1, true]" in text
    assert await payloads(store) == []


async def test_json_that_is_none_is_explained(site: Client, store: Store) -> None:
    for payload in ("", "{", "1", "[" * 100):
        status, _, text = await send(site, "/submit", {"type": "calculation", "payload": payload})
        assert status in {400, 422}, payload
        assert "banner failed" in text, payload
    assert await payloads(store) == []


async def test_a_form_that_is_no_form_is_refused(site: Client) -> None:
    headers = {"Origin": f"http://{site.host}:{site.port}", "Sec-Fetch-Site": "same-origin"}
    async with site.post("/submit", json={}, headers=headers) as response:
        assert response.status == 415
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"a=%ff", b"\xff", b"&".join(b"a=1" for _ in range(1_001))):
        async with site.post("/submit", data=body, headers={**headers, **kind}) as response:
            assert response.status == 400, body[:9]
    async with site.post("/submit", data=BytesIO(b"a" * 4_000_000), headers={**headers, **kind}) as response:
        assert response.status == 413


class Counting(ThreadPoolExecutor):
    """The threads of the event loop, and how often one was asked for."""

    asked = 0

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        self.asked += 1
        return super().submit(*args, **kwargs)


async def test_a_large_form_is_read_in_a_thread_and_a_small_one_is_not(site: Client, store: Store) -> None:
    threads = Counting()
    asyncio.get_running_loop().set_default_executor(threads)
    for size, asked in ((1_000, 0), (8_000, 1)):
        numbers = f"[{','.join(['123456789'] * size)}]"  # a comma takes three bytes of a form
        assert (await send(site, "/submit", {**FIGURES, "/payload/numbers": numbers}))[0] == 303
        assert threads.asked == asked
    assert len(await payloads(store)) == 2


async def test_a_queue_and_a_type_are_paused_limited_and_resumed(site: Client, store: Store) -> None:
    await send(site, "/queues/default", {"paused": "true"})
    await send(site, "/job-types/calculation", {"maxRunning": "7", "maxStartsPerSecond": "0.5"})
    limits = await store.limits()
    assert limits[of_queue("default")].paused
    assert (limits[of_type("calculation")].max_running, limits[of_type("calculation")].max_starts_per_second) == (
        7,
        0.5,
    )
    text = words(await page(site, "/queues"))
    assert "default paused" in text
    await send(site, "/queues/default", {"paused": "false"})
    await send(site, "/job-types/calculation", {"maxRunning": "", "maxStartsPerSecond": ""})
    assert await store.limits() == {}
    assert (await send(site, "/queues/default", {"maxRunning": "many"}))[0] == 400
    assert (await send(site, "/queues/default", {"maxRunning": "0"}))[0] == 422


async def test_a_schedule_is_made_paused_run_and_deleted(site: Client) -> None:
    job = '{"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}}'
    status, place, text = await send(site, "/schedules", {"/name": "Daily", "/cron": "0 6 * * *", "job": job})
    assert status == 303, words(text)
    path = place.partition("?")[0]
    assert "Daily" in words(await page(site, "/schedules"))
    assert "06:00:00" in words(await page(site, path))
    assert (await send(site, f"{path}/pause"))[1] == f"{path}?done=schedule-paused"
    assert "paused" in words(await page(site, path))
    await send(site, f"{path}/resume")
    _, job_page, _ = await send(site, f"{path}/run")
    assert "calculation" in words(await page(site, job_page))
    assert "by hand" in words(await page(site, path))
    assert (await send(site, f"{path}/delete"))[1] == "/schedules?done=schedule-deleted"
    await page(site, path, 404)


async def test_a_schedule_that_cannot_be_comes_back(site: Client) -> None:
    job = {"job": '{"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}}'}
    wrong: tuple[dict[str, str], ...] = ({"/cron": "nonsense"}, {}, {"/every": "x"}, {"job": "{"})
    for fields in wrong:
        status, _, text = await send(site, "/schedules", {**job, **fields})
        assert status in {400, 422}, fields
        assert "banner failed" in text, fields


async def test_a_webhook_is_made_with_its_secret_shown_once_and_acted_upon(site: Client) -> None:
    fields: Any = [("url", "https://example.org/hook"), ("events", "job.failed"), ("types", "calculation, other")]
    status, _, text = await send(site, "/webhooks", fields)
    assert status == 200
    assert "whsec_" in text
    path = text.partition('class="button primary" href="/webhooks/')[2].partition('"')[0]
    assert "whsec_" not in await page(site, f"/webhooks/{path}")
    await send(site, f"/webhooks/{path}/disable")
    assert "Disabled." in words(await page(site, f"/webhooks/{path}"))
    await send(site, f"/webhooks/{path}/enable")
    await send(site, f"/webhooks/{path}/test")
    assert "webhook.test" in words(await page(site, f"/webhooks/{path}"))
    assert "whsec_" in (await send(site, f"/webhooks/{path}/rotate"))[2]
    assert (await send(site, f"/webhooks/{path}/delete"))[1] == "/webhooks?done=webhook-deleted"
    assert (await send(site, "/webhooks", {"url": "ftp://x"}))[0] == 422


async def test_a_webhook_that_cannot_be_comes_back_as_it_was_written(site: Client) -> None:
    fields: Any = [
        ("url", "ftp://x"),
        ("events", "job.failed"),
        ("types", "a b"),
        ("tags", "!"),
        ("description", "mine"),
    ]
    status, _, text = await send(site, "/webhooks", fields)
    assert (status, text.count('class="field wrong"'), text.count(" checked>")) == (422, 1, 1)
    for kept in ('value="ftp://x"', 'value="a b"', 'value="!"', 'value="mine"', 'value="job.failed" checked'):
        assert kept in text, kept


async def test_a_notice_that_was_made_up_is_not_shown(site: Client) -> None:
    assert "<b>" not in words(await page(site, "/jobs?done=<b>owned</b>"))
