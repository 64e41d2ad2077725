import asyncio
from typing import Any

import pytest

from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim, complete


def job(key: str = "invoice:4711", dedup: Any = None) -> Any:
    return {**COMPLEX, "options": {"dedup": {"key": key, **(dedup or {})}}}


async def post(client: Client, body: Any, path: str = "/api/jobs") -> tuple[int, Any]:
    async with client.post(path, json=body) as response:
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
    assert await store.expire() == 1
    assert not redis.keys("dmps:default:dedup:*")


@pytest.mark.parametrize(
    "wrong", [{}, {"key": ""}, {"key": "x" * 201}, {"key": 1}, {"key": "a", "for": 0}, {"k": "a"}, 1]
)
async def test_what_is_no_key_is_refused(client: Client, wrong: Any) -> None:
    status, body = await post(client, {**COMPLEX, "options": {"dedup": wrong}})
    assert status == 422
    assert body["errors"][0]["pointer"].startswith("/options/dedup")
