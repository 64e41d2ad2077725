"""Another job like one that has ended."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.job import DEFAULT_TENANT
from shared.store import Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim, complete

Submit = Callable[..., Awaitable[str]]
OPTIONS = {
    "queue": "images",
    "priority": "low",
    "tags": ["a"],
    "metadata": {"n": 1},
    "maxAttempts": 7,
    "timeout": 12.5,
    "backoff": {"kind": "fixed", "delay": 3},
    "maxElapsed": 100,
    "heartbeat": 4,
    "keepFor": 600,
}


async def replay(client: Client, job_id: str, body: Any = None, status: int = 202, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.post(f"/api/jobs/{job_id}/replay", json=body, headers=named) as response:
        assert response.status == status, await response.text()
        return await response.json(content_type=None)


async def read(client: Client, job_id: str) -> Any:
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert response.status == 200
        return await response.json()


@pytest.fixture
async def cancelled(client: Client, submit: Submit) -> str:
    job_id = await submit(**OPTIONS, delay=60, expiresIn=600, deadline=6000, dedup={"key": "k", "for": 600})
    async with client.post(f"/api/jobs/{job_id}/cancel") as response:
        assert response.status == 200
    return job_id


async def test_a_replay_is_a_new_job_with_the_same_work_and_options_but_for_times(
    client: Client, cancelled: str, store: Store
) -> None:
    async with client.post(f"/api/jobs/{cancelled}/replay") as response:
        body = await response.json()
        assert (response.status, response.headers["Location"]) == (202, f"/api/jobs/{body['jobId']}")
    assert (body["message"], body["status"]) == ("Job submitted successfully", "pending")
    old, new = await read(client, cancelled), await read(client, body["jobId"])
    assert (new["replayOf"], old["replayOf"]) == (cancelled, None)
    same = ("type", "payload", *OPTIONS)
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert (new["startBy"], new["deadlineAt"], new["attempts"]) == (None, None, [])
    assert old["links"]["replay"] == f"/api/jobs/{cancelled}/replay"
    assert "replay" not in new["links"]
    assert (await store.view(DEFAULT_TENANT, body["jobId"])).job.dedup == ""


async def test_payload_and_options_may_be_otherwise(client: Client, cancelled: str) -> None:
    payload = {"operation": "sum", "numbers": [1, 2.50]}
    body = await replay(client, cancelled, {"payload": payload, "options": {"priority": "high", "delay": 60}})
    assert body["status"] == "scheduled"
    new = await read(client, body["jobId"])
    assert (new["payload"], new["priority"], new["queue"]) == (payload, "high", "images")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"payload": {"operation": "nope", "numbers": [1]}}, "/payload/operation"),
        ({"payload": []}, "/payload"),
        ({"options": {"priority": "urgent"}}, "/options/priority"),
        ({"options": {"delay": 1, "runAt": "2099-01-31T12:00:00Z"}}, "/options/runAt"),
        ({"options": None}, "/options"),
        ({"type": "calculation"}, "/type"),
    ],
)
async def test_a_bad_change_is_refused_by_its_place(client: Client, cancelled: str, changes: Any, pointer: str) -> None:
    body = await replay(client, cancelled, changes, 422)
    assert [error["pointer"] for error in body["errors"]] == [pointer]


async def test_a_body_that_is_there_must_be_json(client: Client, cancelled: str) -> None:
    path = f"/api/jobs/{cancelled}/replay"
    async with client.post(path, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
    async with client.post(path, data=b"{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415
    async with client.post(path, data=b"", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 202


async def test_only_a_job_that_has_ended_is_replayed(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    assert "pending" in (await replay(client, job_id, status=409))["detail"]
    await claim(store)
    assert "processing" in (await replay(client, job_id, status=409))["detail"]
    await complete(store, job_id)
    new = await read(client, (await replay(client, job_id))["jobId"])
    assert (new["payload"], new["maxAttempts"], new["backoff"]) == (COMPLEX["payload"], 3, None)


async def test_a_replay_with_a_key_is_made_once(client: Client, cancelled: str) -> None:
    first, second = [await replay(client, cancelled, Idempotency_Key='"k"') for _ in range(2)]
    assert first == second
    await replay(client, cancelled, {"options": {}}, 422, Idempotency_Key='"k"')


async def test_another_job_may_stand_for_a_replay(client: Client, cancelled: str) -> None:
    first = await replay(client, cancelled, {"options": {"dedup": {"key": "new"}}})
    second = await replay(client, cancelled, {"options": {"dedup": {"key": "new"}}}, 200)
    assert (second["jobId"], second["deduplicated"]) == (first["jobId"], True)


@pytest.mark.parametrize("job_id", ["nope", "01a20bd9-6453-76ed-b412-7526b44b1ca6"])
async def test_an_unknown_job_is_not_replayed(client: Client, job_id: str) -> None:
    await replay(client, job_id, status=404)
