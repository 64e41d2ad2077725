import asyncio
from typing import Any

import pytest

from shared import lifecycle
from shared.job import Job, JobError
from shared.store import Change, Store
from shared.store.retention import expire
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim, complete, take


def job(key: str = "invoice:4711", dedup: Any = None) -> Any:
    return {**COMPLEX, "options": {"dedup": {"key": key, **(dedup or {})}}}


async def post(client: Client, body: Any, path: str = "/api/jobs", **headers: str) -> tuple[int, Any]:
    async with client.post(path, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_while_a_job_has_not_ended_it_stands_for_others(client: Client, store: Store) -> None:
    status, first = await post(client, job())
    assert (status, "deduplicated" in first) == (202, False)
    async with client.post("/api/jobs", json=job()) as response:
        again = await response.json()
        assert (response.status, response.headers["Location"]) == (200, f"/api/jobs/{first['jobId']}")
    assert (again["jobId"], again["status"], again["deduplicated"]) == (first["jobId"], "pending", True)
    await claim(store)
    assert (await post(client, job()))[1]["status"] == "processing"
    await complete(store, first["jobId"])
    status, later = await post(client, job())
    assert status == 202
    assert later["jobId"] != first["jobId"]


async def test_for_a_time_it_stands_for_others_though_it_has_ended(client: Client, store: Store, redis: Any) -> None:
    _, first = await post(client, job(dedup={"for": 60}))
    await claim(store)
    await complete(store, first["jobId"])
    status, again = await post(client, job())
    assert (status, again["jobId"], again["status"]) == (200, first["jobId"], "completed")
    (key,) = redis.keys("dmps:default:dedup:*")
    assert 50 < redis.ttl(key) <= 60
    redis.delete(key)  # when its time is over
    assert (await post(client, job()))[0] == 202


async def test_other_keys_and_jobs_without_one_are_their_own(client: Client) -> None:
    for body in (job("a"), job("b"), COMPLEX, COMPLEX):
        assert (await post(client, body))[0] == 202


async def test_of_many_at_once_and_in_a_batch_one_is_submitted(client: Client) -> None:
    answers = await asyncio.gather(*(post(client, job()) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [202]
    (job_id,) = {body["jobId"] for _, body in answers}
    status, body = await post(client, {"jobs": [job(), COMPLEX, job("other"), job("other")]}, "/api/jobs/batch")
    entries = body["jobs"]
    assert status == 202
    assert entries[0] == {"jobId": job_id, "status": "pending", "deduplicated": True}
    assert [entry.get("deduplicated", False) for entry in entries] == [True, False, False, True]
    assert entries[3]["jobId"] == entries[2]["jobId"]


async def test_nothing_of_a_key_is_left_when_its_job_is_removed(client: Client, store: Store, redis: Any) -> None:
    body = job()
    body["options"]["keepFor"] = 0
    _, first = await post(client, body)
    await claim(store)
    await complete(store, first["jobId"])
    assert redis.keys("dmps:default:dedup:*")
    assert (await expire(store.link)).removed == 1
    assert not redis.keys("dmps:default:dedup:*")


@pytest.mark.parametrize(
    "wrong", [{}, {"key": ""}, {"key": "x" * 201}, {"key": 1}, {"key": "a", "for": 0}, {"k": "a"}, 1]
)
async def test_what_is_no_key_is_refused(client: Client, wrong: Any) -> None:
    status, body = await post(client, {**COMPLEX, "options": {"dedup": wrong}})
    assert status == 422
    assert body["errors"][0]["pointer"].startswith("/options/dedup")


async def failed(client: Client, store: Store) -> Job:
    """A job of the key that was tried as often as it may."""
    body = job()
    body["options"]["maxAttempts"] = 1
    await post(client, body)
    claimed = await take(store)
    ended = lifecycle.fail(claimed, JobError("exception", "no"), store.now(), 0)
    await store.write([Change(claimed, ended)])
    return ended


async def retry(client: Client, job_id: str) -> None:
    async with client.post(f"/api/jobs/{job_id}/retry") as response:
        assert response.status == 202


async def test_a_job_that_is_retried_stands_for_others_again(client: Client, store: Store) -> None:
    first = await failed(client, store)
    _, second = await post(client, job())
    await claim(store)
    await complete(store, second["jobId"])
    await retry(client, first.id)
    assert (await post(client, job()))[1]["jobId"] == first.id


@pytest.mark.parametrize("dedup", [{}, {"for": 60}])
async def test_a_job_that_is_retried_takes_no_key_from_another(client: Client, store: Store, dedup: Any) -> None:
    first = await failed(client, store)
    _, second = await post(client, job(dedup=dedup))
    if dedup:
        await claim(store)
        await complete(store, second["jobId"])
    await retry(client, first.id)
    assert (await post(client, job()))[1]["jobId"] == second["jobId"]


@pytest.mark.parametrize("prefer", ["wait=30", "wait=30, return=minimal"])
async def test_who_waits_for_the_end_is_told_that_it_is_that_of_another(
    client: Client, store: Store, prefer: str
) -> None:
    _, first = await post(client, job())
    waiting = asyncio.ensure_future(client.post("/api/jobs", json=job(), headers={"Prefer": prefer}))
    await take(store)
    await complete(store, first["jobId"])
    async with await waiting as response:
        body = await response.json()
        assert (response.status, body["status"], body["deduplicated"]) == (200, "completed", True)
        assert response.headers["Location"] == f"/api/jobs/{first['jobId']}"
        assert "Content-Location" not in response.headers  # a job that is read is not marked


async def test_nonsense_in_the_place_of_a_key_harms_nobody(client: Client, redis: Any) -> None:
    await post(client, job())
    (key,) = redis.keys("dmps:default:dedup:*")
    redis.delete(key)
    redis.lpush(key, "x")
    answers = await asyncio.gather(post(client, COMPLEX), post(client, job()), post(client, COMPLEX))
    assert [status for status, _ in answers] == [202] * 3
    assert (await post(client, job()))[0] == 200


async def test_nothing_stands_in_the_name_of_a_record_that_cannot_be_read(client: Client, redis: Any) -> None:
    _, first = await post(client, job())
    redis.set(f"dmps:job:{first['jobId']}", "nonsense")
    answers = await asyncio.gather(post(client, COMPLEX), post(client, job()))
    assert [status for status, _ in answers] == [202] * 2


async def test_a_key_of_half_a_character_is_refused(client: Client) -> None:
    text = b'{"type":"calculation","payload":{"operation":"sum","numbers":[1]},"options":{"dedup":{"key":"\\ud800"}}}'
    async with client.post("/api/jobs", data=text, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
