"""The list of jobs, one job, and what is done with them, through pages and forms."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.files import FileStore
from shared.job import DEFAULT_TENANT, Job, JobError, ResultFile, Status
from shared.settings import Settings
from shared.store import JobFilter, Store
from tests.api_service.conftest import Client
from tests.api_service.dashboard.browsing import page, send, words
from tests.api_service.fleet import hear
from tests.waiting import until

Make = Callable[..., Job]

ERROR = JobError("exception", "It <b>broke</b> after 3 s.", "RuntimeError")
VERBS: dict[str, Callable[..., Job]] = {
    "claim": lambda job, now: lifecycle.claim(job, "worker-1", now),
    "complete": lambda job, now: lifecycle.complete(job, Raw(b'{"sum":3}'), now),
    "fail": lambda job, now: lifecycle.reject(job, now, ERROR),
    "try": lambda job, now: lifecycle.fail(job, ERROR, now, 0.0),
}


@pytest.fixture
def made(store: Store, new_job: Make) -> Callable[..., Any]:
    """Puts jobs into the store as they are after some verb."""

    async def submitted(*verbs: str, **facts: Any) -> Job:
        job = new_job(now=store.now(), **facts)
        await store.submit([job])
        for verb in verbs:
            job = await store.change(DEFAULT_TENANT, job.id, partial(VERBS[verb], now=store.now()))
        return job

    return submitted


async def status_of(store: Store, id: str) -> Status:
    return (await store.view(DEFAULT_TENANT, id)).job.status


async def test_the_list_shows_the_jobs_that_fit_and_counts_all(site: Client, made: Any) -> None:
    done, failed = await made("claim", "complete", tags=("shop",)), await made("claim", "fail")
    text = await page(site, "/jobs?tag=shop+&type=&createdAfter=2020-01-01T00:00&completedBefore=2999-01-01T00:00:00")
    assert f'href="/jobs/{done.id}"' in text
    assert f'href="/jobs/{failed.id}"' not in text
    assert "completed 1" in words(text)
    assert "failed 1" in words(text)
    assert 'value="2020-01-01T00:00:00' in text  # the form keeps what it was filled in with


async def test_what_cannot_be_asked_for_is_told_beside_the_filters(site: Client) -> None:
    for query in ("tag=!", "status=done", "pageToken=x", "createdAfter=yesterday"):
        text = words(await page(site, f"/jobs?{query}"))
        assert "Validation failed" in text, query


async def test_an_id_leads_to_its_job(site: Client, made: Any) -> None:
    job = await made()
    async with site.get(f"/jobs?id=+{job.id}", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, f"/jobs/{job.id}")
    assert "That is not the id of a job" in words(await page(site, "/jobs?id=4711"))


async def test_a_page_leads_to_the_next_with_the_same_filter(site: Client, made: Any) -> None:
    await asyncio.gather(*(made("claim", "fail") for _ in range(51)))
    first = await page(site, "/jobs?status=failed&sort=createdAt")
    next_page = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert first.count('name="id" value=') == 50
    second = await page(site, next_page)
    assert second.count('name="id" value=') == 1
    assert "First page" in second


async def test_marked_jobs_are_acted_upon_and_what_could_not_be_is_told(site: Client, made: Any, store: Store) -> None:
    waiting, done = await made(), await made("claim", "complete")
    fields = [("action", "cancel"), ("scope", "marked"), ("id", waiting.id), ("id", done.id), ("id", "nonsense")]
    status, _, text = await send(site, "/jobs", fields)
    assert status == 200
    assert "Cancel: 1 done, 1 not" in words(text)
    assert await status_of(store, waiting.id) is Status.CANCELLED


async def test_all_that_fit_are_acted_upon_once_that_is_confirmed(site: Client, made: Any, store: Store) -> None:
    failed = [await made("claim", "fail", tags=("a",)) for _ in range(3)]
    other = await made("claim", "fail")
    fields = {"action": "delete", "scope": "all", "tag": "a", "status": "failed"}
    status, _, text = await send(site, "/jobs", fields)
    assert "Delete 3 jobs?" in words(text)
    assert await status_of(store, failed[0].id) is Status.FAILED
    status, place, _ = await send(site, "/jobs", {**fields, "sure": "yes"})
    assert status == 303

    async def is_done() -> bool:
        return "completed" in words(await page(site, place))

    await until(is_done, "the bulk action has ended")
    left = await store.page(DEFAULT_TENANT, JobFilter())
    assert [view.job.id for view in left.jobs] == [other.id]


async def test_an_action_that_is_none_is_refused(site: Client) -> None:
    status, _, text = await send(site, "/jobs", {"action": "explode"})
    assert (status, "cancel, retry, replay, delete" in words(text)) == (422, True)


async def test_a_job_shows_all_there_is_and_escapes_it(site: Client, made: Any) -> None:
    job = await made("claim", "fail", tags=("shop",), metadata=Raw(b'{"by":"<script>"}'))
    text = await page(site, f"/jobs/{job.id}")
    told = words(text)
    for fact in ("It <b>broke</b> after 3 s.", "RuntimeError", "Attempt 1", "worker-1", '"operation": "sum"', "shop"):
        assert fact in told, fact
    assert "<script>" not in text
    assert "curl http://" in told


async def test_of_many_attempts_the_newest_are_drawn_and_the_others_counted(site: Client, made: Any) -> None:
    for tries, told in ((20, "Attempt 1 "), (25, "5 earlier attempts are not drawn.")):
        job = await made(*(("claim", "try") * tries), max_attempts=30)
        text = words(await page(site, f"/jobs/{job.id}"))
        assert told in text
        assert ("earlier" in text) is (tries > 20)


async def test_a_result_of_pictures_shows_them(site: Client, made: Any, store: Store, settings: Settings) -> None:
    job = await made("claim")
    stored = await FileStore(settings.files_url).of(DEFAULT_TENANT).save_async(b"\x89PNG\r\n\x1a\n", "image/png")
    result = f'{{"outputs":[{{"fileId":"{stored.file_id}","mediaType":"image/png","width":1,"height":1}}]}}'
    await store.change(DEFAULT_TENANT, job.id, lambda job: lifecycle.complete(job, Raw(result.encode()), store.now()))
    assert f'<img src="/files/{stored.file_id}"' in await page(site, f"/jobs/{job.id}")
    async with site.get(f"/files/{stored.file_id}") as response:
        assert (response.status, response.headers["X-Content-Type-Options"]) == (200, "nosniff")


async def test_a_large_result_can_be_downloaded(site: Client, made: Any, store: Store, settings: Settings) -> None:
    job = await made("claim")
    stored = await FileStore(settings.files_url).of(DEFAULT_TENANT).save_async(b'"large"', "application/json")
    file = ResultFile(stored.file_id, 7)
    await store.change(DEFAULT_TENANT, job.id, lambda job: lifecycle.complete(job, Raw(b"null"), store.now(), file))
    assert f'href="/files/{stored.file_id}"' in await page(site, f"/jobs/{job.id}")
    async with site.get(f"/files/{stored.file_id}") as response:
        assert await response.read() == b'"large"'


async def test_what_a_job_waits_for_is_drawn(site: Client) -> None:
    child = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1]}}
    async with site.post("/api/jobs", json={**child, "children": [child, child]}) as response:
        id = (await response.json())["jobId"]
    text = await page(site, f"/jobs/{id}")
    assert text.count('<g class="node pending"') == 2
    assert text.count('class="edge"') == 2


async def test_a_job_is_cancelled_retried_replayed_changed_and_deleted(site: Client, made: Any, store: Store) -> None:
    job = await made()
    assert (await send(site, f"/jobs/{job.id}/amend", {"tags": "a, b", "priority": "low"}))[0] == 303
    changed = (await store.view(DEFAULT_TENANT, job.id)).job
    assert (changed.tags, changed.priority) == (("a", "b"), "low")
    assert await send(site, f"/jobs/{job.id}/cancel") == (303, f"/jobs/{job.id}?done=cancelled", "")
    assert "The job is cancelled" in words(await page(site, f"/jobs/{job.id}?done=cancelled"))
    failed = await made("claim", "fail")
    assert (await send(site, f"/jobs/{failed.id}/retry"))[0] == 303
    assert await status_of(store, failed.id) is Status.PENDING
    status, place, _ = await send(site, f"/jobs/{job.id}/replay", {"payload": '{"operation": "max", "numbers": [7]}'})
    assert status == 303
    assert '"operation": "max"' in words(await page(site, place))
    assert await send(site, f"/jobs/{job.id}/delete") == (303, "/jobs?done=deleted", "")
    assert "Job not found" in words(await page(site, f"/jobs/{job.id}", 404))


async def test_an_edited_payload_that_is_wrong_comes_back_with_what_is_wrong(site: Client, made: Any) -> None:
    job = await made("claim", "complete")
    for payload in ("{", '{"operation": "none"}', "[]"):
        status, _, text = await send(site, f"/jobs/{job.id}/replay", {"payload": payload})
        assert status in {400, 422}, payload
        assert payload in words(text), payload


async def test_what_the_status_forbids_is_explained(site: Client, made: Any) -> None:
    job = await made("claim", "complete")
    status, _, text = await send(site, f"/jobs/{job.id}/retry")
    assert (status, "Status does not allow this" in words(text)) == (409, True)


async def test_workers_and_what_they_run_are_shown(site: Client, store: Store, redis: Any) -> None:
    assert "No worker lives" in words(await page(site, "/workers"))
    hear(store, redis, "host:1:a", memory=64 * 1024 * 1024, version="9.9", running=3)
    text = words(await page(site, "/workers"))
    assert "3 of 100 slots" in text
    assert "64 MiB" in text
    assert "9.9" in text


async def test_failures_are_grouped_with_a_way_to_retry_them(site: Client, made: Any) -> None:
    assert "Nothing has failed" in words(await page(site, "/failures"))
    for _ in range(2):
        await made("claim", "fail")
    text = await page(site, "/failures?type=calculation")
    assert "RuntimeError calculation exception 2" in words(text)
    assert 'name="action" value="retry"' in text
