"""The result of a job, its attempts and its log."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import Raw
from yarl import URL

from shared import lifecycle
from shared.files import FileStore
from shared.job import DEFAULT_TENANT, ResultFile
from shared.settings import Settings
from shared.store import Change, Store, Tidings
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim, complete

Submit = Callable[..., Awaitable[str]]
UNKNOWN = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


async def settled(store: Store, submit: Submit, result: bytes, file: ResultFile | None = None, **options: Any) -> str:
    """A job that completed a second ago with that result."""
    job_id = await submit(**options)
    await claim(store)
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    (written,) = await store.write([Change(job, lifecycle.complete(job, Raw(result), store.now() - 1000, file))])
    assert written is not None
    return job_id


async def problem(client: Client, path: str) -> tuple[int, str]:
    async with client.get(path) as response:
        return response.status, (await response.json(content_type="application/problem+json"))["title"]


@pytest.mark.parametrize("result", [b'{"sum": 1.10, "big": 1180591620717411303424}', b"null", b"[]", b'"text"'])
async def test_a_result_is_answered_to_the_letter(client: Client, submit: Submit, store: Store, result: bytes) -> None:
    path = f"/api/jobs/{await settled(store, submit, result)}/result"
    async with client.get(path) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == result
        etag = response.headers["ETag"]
    async with client.get(path, headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")


async def test_a_job_links_to_its_result_once_there_is_one(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert "result" not in (await response.json())["links"]
    await claim(store)
    await complete(store, job_id)
    async with client.get(f"/api/jobs/{job_id}") as response:
        link = (await response.json())["links"]["result"]
    async with client.get(link) as response:
        assert await response.read() == b"1"


async def test_before_the_end_and_without_success_there_is_no_result(client: Client, submit: Submit) -> None:
    job_id = await submit()
    assert await problem(client, f"/api/jobs/{job_id}/result") == (404, "Result not found")
    async with client.post(f"/api/jobs/{job_id}/cancel"):
        pass
    assert await problem(client, f"/api/jobs/{job_id}/result") == (404, "Result not found")


@pytest.mark.parametrize("part", ["result", "attempts", "logs"])
@pytest.mark.parametrize("job_id", [UNKNOWN, "x", "%00", "..%2f"])
async def test_an_unknown_job_has_none_of_it(client: Client, part: str, job_id: str) -> None:
    assert await problem(client, f"/api/jobs/{job_id}/{part}") == (404, "Job not found")


async def test_a_large_result_comes_from_its_file(
    client: Client, submit: Submit, store: Store, settings: Settings
) -> None:
    content = b'"' + b"x" * 700_000 + b'"'
    stored = FileStore(settings.files_url).save(content, "application/json")
    job_id = await settled(store, submit, b"null", ResultFile(stored.file_id, stored.bytes))
    async with client.get(f"/api/jobs/{job_id}") as response:
        job = await response.json()
    assert (job["result"], job["resultFile"]) == (None, {"fileId": stored.file_id, "size": len(content)})
    async with client.get(job["links"]["result"]) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == content
        etag = response.headers["ETag"]
    async with client.get(job["links"]["result"], headers={"If-None-Match": etag}) as response:
        assert response.status == 304
    async with client.head(job["links"]["result"]) as response:
        assert response.headers["Content-Length"] == str(len(content))


async def test_a_result_is_gone_once_its_file_is(
    client: Client, submit: Submit, store: Store, settings: Settings
) -> None:
    files = FileStore(settings.files_url)
    stored = files.save(b"[]", "application/json")
    job_id = await settled(store, submit, b"null", ResultFile(stored.file_id, stored.bytes))
    files.remove(stored.file_id)
    assert await problem(client, f"/api/jobs/{job_id}/result") == (410, "Result expired")


async def test_a_result_is_gone_once_its_time_is_over(client: Client, submit: Submit, store: Store) -> None:
    job_id = await settled(store, submit, b"1", keepFor=0)
    assert await problem(client, f"/api/jobs/{job_id}/result") == (410, "Result expired")
    assert await problem(client, f"/api/jobs/{job_id}") == (404, "Job not found")


async def test_attempts_are_those_of_the_job(client: Client, submit: Submit, store: Store) -> None:
    job_id = await settled(store, submit, b"1")
    async with client.get(f"/api/jobs/{job_id}") as response:
        expected = (await response.json())["attempts"]
    async with client.get(f"/api/jobs/{job_id}/attempts") as response:
        assert await response.json() == {"attempts": expected}
        assert len(expected) == 1


async def log(store: Store, job_id: str, *lines: str) -> None:
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    await store.tell([Tidings(job_id, job.fence, b"", lines)])


async def test_a_log_is_read_page_by_page(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    await log(store, job_id, "one", "zwei ä", "three")
    async with client.get(f"/api/jobs/{job_id}/logs?pageSize=2") as response:
        assert await response.json() == {"lines": ["one", "zwei ä"], "offset": 0, "total": 3, "nextOffset": 2}
        following = URL(response.links["next"]["url"]).relative()
    async with client.get(following) as response:
        assert await response.json() == {"lines": ["three"], "offset": 2, "total": 3, "nextOffset": None}
        assert "next" not in response.links
    async with client.get(f"/api/jobs/{job_id}/logs?offset=9") as response:
        assert await response.json() == {"lines": [], "offset": 9, "total": 3, "nextOffset": None}


async def test_a_log_comes_as_text_to_one_who_asks_for_text(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    path = f"/api/jobs/{job_id}/logs"
    async with client.get(path) as response:
        assert (await response.json())["total"] == 0
    await claim(store)
    await log(store, job_id, "one", "two")
    async with client.get(path, headers={"Accept": "text/plain"}) as response:
        assert (response.content_type, await response.text()) == ("text/plain", "one\ntwo\n")


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "pageSize=0", "pageSize=1001", "tail=1"])
async def test_a_wrong_page_of_a_log_is_named(client: Client, submit: Submit, query: str) -> None:
    async with client.get(f"/api/jobs/{await submit()}/logs?{query}") as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == 422
        assert [error["pointer"] for error in body["errors"]] == ["/" + query.partition("=")[0]]
