"""`Prefer: wait`, `Retry-After`, `validateOnly`: what a caller who has only curl lives by."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from api_service.live import Live
from shared.store import Store, keys
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim, complete, take

Submit = Callable[..., Awaitable[str]]


async def work(store: Store) -> str:
    """A worker takes the first job that comes, and completes it."""
    job = await take(store)
    await complete(store, job.id)
    return job.id


async def test_who_submits_and_waits_gets_the_finished_job(client: Client, store: Store) -> None:
    working = asyncio.ensure_future(work(store))
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=30"}) as response:
        body = await response.json()
        assert (response.status, response.headers["Preference-Applied"]) == (200, "wait=30")
        assert response.headers["Location"] == response.headers["Content-Location"] == f"/api/jobs/{body['id']}"
    assert (body["id"], body["status"], body["result"]) == (await working, "completed", 1)


async def test_one_for_whom_a_short_answer_will_do_gets_it(client: Client, store: Store) -> None:
    working = asyncio.ensure_future(work(store))
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=30, return=minimal"}) as response:
        body = await response.json()
        assert (response.status, response.headers["Preference-Applied"]) == (200, "wait=30, return=minimal")
    assert (body["jobId"], body["status"], len(body)) == (await working, "completed", 3)


async def test_a_job_that_is_gone_when_it_has_ended_was_submitted_all_the_same(
    client: Client, store: Store, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Live.ended

    async def heard_late(live: Live, tenant: str, job_id: str, *rest: Any) -> None:
        await heard(live, tenant, job_id, *rest)
        assert redis.delete(keys.JOB + job_id) == 1

    monkeypatch.setattr(Live, "ended", heard_late)
    working = asyncio.ensure_future(work(store))
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=30"}) as response:
        assert (response.status, (await response.json())["jobId"]) == (202, await working)


async def test_if_nobody_can_tell_of_its_end_the_job_was_submitted_all_the_same(client: Client, redis: Any) -> None:
    redis.set("dmps:events", "no stream")
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=30"}) as response:
        assert response.status == 202


async def test_of_several_waits_the_first_counts_and_none_is_too_large(client: Client, store: Store) -> None:
    working = asyncio.ensure_future(work(store))
    headers = {"Prefer": f'x="y, z"; q, wait={"9" * 50}, wait=1'}
    async with client.post("/api/jobs", json=COMPLEX, headers=headers) as response:
        assert (response.status, response.headers["Preference-Applied"]) == (200, "wait=60")
    await working


async def test_if_the_job_does_not_end_in_time_it_is_answered_as_ever(client: Client, submit: Submit) -> None:
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=1"}) as response:
        assert (response.status, response.headers["Preference-Applied"]) == (202, "wait=1")
        assert (await response.json())["status"] == "pending"
    async with client.get(f"/api/jobs/{await submit()}", headers={"Prefer": "wait=1"}) as response:
        assert (response.status, (await response.json())["status"]) == (200, "pending")
        assert "Retry-After" in response.headers


async def test_who_reads_and_waits_gets_the_finished_job(client: Client, submit: Submit, store: Store) -> None:
    path = f"/api/jobs/{await submit()}"
    reading = asyncio.ensure_future(client.get(path, headers={"Prefer": 'respond-async, WAIT="30"; x=y'}))
    await work(store)
    async with await reading as response:
        assert (await response.json())["status"] == "completed"
        assert response.headers["Preference-Applied"] == "wait=30"
        assert "Retry-After" not in response.headers


@pytest.mark.parametrize(
    "prefer",
    [
        *("wait", "wait=x", "wait=-1", "wait=1.5", "wait=1 2", "return=everything", "=,;", "unheard-of", "1wait=3"),
        *('x="a, wait=3"', 'x="\\", wait=3', "x; wait=3"),
    ],
)
async def test_what_is_not_understood_is_ignored(client: Client, prefer: str) -> None:
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": prefer}) as response:
        assert response.status == 202
        assert "Preference-Applied" not in response.headers


async def test_nobody_waits_longer_than_the_operator_allows(
    connect: Callable[..., Awaitable[Client]], settings: Any
) -> None:
    client = await connect(replace(settings, max_wait=1.0))
    async with client.post("/api/jobs", json=COMPLEX, headers={"Prefer": "wait=3600"}) as response:
        assert (response.status, response.headers["Preference-Applied"]) == (202, "wait=1")


async def test_an_unfinished_job_says_when_to_ask_again(client: Client, submit: Submit, store: Store) -> None:
    async def retry_after(job_id: str) -> int:
        async with client.get(f"/api/jobs/{job_id}") as response:
            return int(response.headers["Retry-After"])

    later, now = await submit(delay=600), await submit()
    assert await retry_after(now) == 10  # nobody works
    assert 1 <= await retry_after(later) <= 600
    await claim(store)
    assert await retry_after(now) == 1
    async with client.post("/api/jobs", json={**COMPLEX, "options": {"delay": 100}}) as response:
        assert 95 <= int(response.headers["Retry-After"]) <= 100


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/batch"])
async def test_what_is_only_validated_is_not_submitted(client: Client, path: str) -> None:
    wrong = {**COMPLEX, "type": "nope"}
    good: Any = {"jobs": [COMPLEX, wrong]} if path.endswith("batch") else COMPLEX
    async with client.post(f"{path}?validateOnly=true", json=good) as response:
        body = await response.json()
        assert response.status == 200
        assert "nothing was submitted" in body["message"]
    if path.endswith("batch"):
        assert [set(entry) for entry in body["jobs"]] == [{"status"}, {"problem"}]
    async with client.post(f"{path}?validateOnly=true", json={"type": "nope"}) as response:
        assert response.status == 422
    async with client.post(f"{path}?validateOnly=yes", json=good) as response:
        assert (response.status, (await response.json(content_type=None))["errors"][0]["pointer"]) == (
            422,
            "/validateOnly",
        )
    async with client.get("/api/jobs") as response:
        assert (await response.json())["jobs"] == []
