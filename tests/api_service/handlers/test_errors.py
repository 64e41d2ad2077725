from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api_service.handlers import errors
from shared import lifecycle
from shared.job import DEFAULT_TENANT, JobError
from shared.store import Change, Store
from tests.api_service.conftest import Client
from tests.api_service.fleet import claim

Submit = Callable[..., Awaitable[str]]


async def grouped(client: Client, query: str = "") -> Any:
    async with client.get(f"/api/errors?{query}") as response:
        assert response.status == 200, await response.text()
        return await response.json()


@pytest.fixture
def fail(submit: Submit, store: Store) -> Callable[..., Awaitable[str]]:
    async def failed(message: str, **options: Any) -> str:
        job_id = await submit(**options)
        job = (await store.view(DEFAULT_TENANT, job_id)).job
        await store.write([Change(job, lifecycle.give_up(job, store.now(), JobError("expired", message)))])
        return job_id

    return failed


async def test_without_failed_jobs_there_are_no_groups(client: Client, submit: Submit) -> None:
    await submit()
    assert await grouped(client) == {"errors": [], "scanned": 0, "complete": True}


async def test_failed_jobs_are_grouped(client: Client, fail: Callable[..., Awaitable[str]], store: Store) -> None:
    await fail("late by 5 s", queue="images")
    newest = await fail("late by 7 s")
    await fail("lost")
    found = await grouped(client)
    assert (found["scanned"], found["complete"]) == (3, True)
    assert [(group["message"], group["count"]) for group in found["errors"]] == [("late by # s", 2), ("lost", 1)]
    assert found["errors"][0]["example"]["jobId"] == newest
    assert await claim(store) == []


async def test_groups_of_some_queues_or_types(client: Client, fail: Callable[..., Awaitable[str]]) -> None:
    await fail("one", queue="images")
    await fail("two")
    assert [group["message"] for group in (await grouped(client, "queue=images"))["errors"]] == ["one"]
    assert len((await grouped(client, "queue=images&queue=default&type=calculation"))["errors"]) == 2
    assert (await grouped(client, "type=other"))["errors"] == []


async def test_no_more_than_so_many_jobs_are_looked_at(
    client: Client, fail: Callable[..., Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "MOST_JOBS", 2)
    for _ in range(3):
        await fail("again")
    found = await grouped(client)
    assert (found["scanned"], found["complete"], found["errors"][0]["count"]) == (2, False, 2)


async def test_a_wrong_parameter_is_named(client: Client) -> None:
    async with client.get("/api/errors?queue=A&code=x") as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == 422
        assert {error["pointer"] for error in body["errors"]} == {"/queue/0", "/code"}
