import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis import Redis
from yarl import URL

from shared import lifecycle
from shared.ids import is_id
from shared.job import DEFAULT_TENANT, JobError, Status
from shared.store import Change, Store
from tests.api_service.conftest import COMPLEX, Client
from tests.api_service.fleet import claim

UNKNOWN = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
Submit = Callable[..., Awaitable[str]]


async def read(client: Client, path: str) -> Any:
    async with client.get(path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def settle_as_failed(store: Store, job_id: str) -> None:
    job = (await store.view(DEFAULT_TENANT, job_id)).job
    error = JobError("rejected", "It cannot be done.")
    (written,) = await store.write([Change(job, lifecycle.reject(job, store.now(), error))])
    assert written is not None
    assert written.status is Status.FAILED


async def test_the_original_request_is_answered_as_the_original_was(client: Client) -> None:
    async with client.post("/api/jobs", json=COMPLEX) as response:
        body = await response.json()
        assert response.status == 202
        assert response.content_type == "application/json"
        assert response.headers["Location"] == f"/api/jobs/{body['jobId']}"
    assert body == {"message": "Job submitted successfully", "jobId": body["jobId"], "status": "pending"}
    assert is_id(body["jobId"])


async def test_a_job_that_was_accepted_stands_in_the_store(client: Client, submit: Submit, redis: Redis) -> None:
    job_id = await submit()
    assert redis.exists(f"dmps:job:{job_id}")


async def test_a_delayed_job_is_answered_as_scheduled(client: Client) -> None:
    async with client.post("/api/jobs", json={**COMPLEX, "options": {"delay": 60}}) as response:
        assert (await response.json())["status"] == "scheduled"


async def test_jobs_submitted_at_once_all_get_their_own_ids(client: Client, submit: Submit) -> None:
    ids = await asyncio.gather(*(submit() for _ in range(50)))
    assert len(set(ids)) == 50
    assert len((await read(client, "/api/jobs?pageSize=100"))["jobs"]) == 50


async def test_a_job_can_be_read_back(client: Client, submit: Submit) -> None:
    job_id = await submit(tags=["a"], metadata={"by": "me"}, maxAttempts=5)
    job = await read(client, f"/api/jobs/{job_id}")
    assert (job["id"], job["status"], job["type"]) == (job_id, "pending", "calculation")
    assert (job["tags"], job["metadata"], job["maxAttempts"]) == (["a"], {"by": "me"}, 5)
    assert job["payload"] == COMPLEX["payload"]


async def test_a_payload_is_kept_to_the_letter(client: Client) -> None:
    payload = b'{"numbers": [1.10, 1180591620717411303424],  "operation": "sum"}'
    text = b'{"type": "calculation", "payload": ' + payload + b"}"
    async with client.post("/api/jobs", data=text, headers={"Content-Type": "application/json"}) as response:
        job_id = (await response.json())["jobId"]
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert payload in await response.read()


async def test_a_job_that_did_not_change_is_not_sent_twice(client: Client, submit: Submit) -> None:
    path = f"/api/jobs/{await submit()}"
    async with client.get(path) as response:
        etag = response.headers["ETag"]
    async with client.get(path, headers={"If-None-Match": etag}) as response:
        assert response.status == 304
        assert response.headers["ETag"] == etag
        assert await response.read() == b""
    async with client.post(f"{path}/cancel"):
        pass
    async with client.get(path, headers={"If-None-Match": etag}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "job_id", [UNKNOWN, "nope", "%00", "%FF", "a" * 4000, "dmps:job:x", "%0d%0aX-Evil:%201", "..%2f.."]
)
@pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")])
async def test_an_unknown_job_is_not_found(client: Client, method: str, verb: str, job_id: str) -> None:
    async with client.request(method, f"/api/jobs/{job_id}{verb}") as response:
        body = await response.json(content_type="application/problem+json")
        assert (response.status, body["title"]) == (404, "Job not found")


async def test_a_failed_job_can_be_retried(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    await settle_as_failed(store, job_id)
    async with client.post(f"/api/jobs/{job_id}/retry") as response:
        body = await response.json()
        assert response.status == 202
        assert response.headers["Location"] == f"/api/jobs/{job_id}"
    assert (body["status"], body["error"]) == ("pending", None)
    assert [attempt["outcome"] for attempt in body["attempts"]] == ["failed"]


async def test_only_a_failed_job_can_be_retried(client: Client, submit: Submit) -> None:
    async with client.post(f"/api/jobs/{await submit()}/retry") as response:
        assert response.status == 409


async def test_a_running_job_shows_its_attempt(client: Client, submit: Submit, store: Store) -> None:
    job_id = await submit()
    await claim(store)
    job = await read(client, f"/api/jobs/{job_id}")
    assert job["status"] == "processing"
    assert [(attempt["number"], attempt["worker"], attempt["endedAt"]) for attempt in job["attempts"]] == [
        (1, "worker-1", None)
    ]


async def test_jobs_are_listed_newest_first(client: Client, submit: Submit) -> None:
    ids = [await submit() for _ in range(3)]
    listed = await read(client, "/api/jobs")
    assert [job["id"] for job in listed["jobs"]] == ids[::-1]
    assert listed["nextPageToken"] is None


async def test_pages_lead_through_all_jobs_once(client: Client, submit: Submit) -> None:
    ids = [await submit() for _ in range(5)]
    seen, path = [], "/api/jobs?pageSize=2&type=calculation"
    while path:
        async with client.get(path) as response:
            body = await response.json()
            link = response.links.get("next")
        assert (link is None) == (body["nextPageToken"] is None)
        seen.append([job["id"] for job in body["jobs"]])
        path = "" if link is None else URL(link["url"]).relative().human_repr()
        assert not path or "type=calculation" in path
    assert [len(page) for page in seen[:2]] == [2, 2]
    assert [job_id for page in seen for job_id in page] == ids[::-1]


async def test_jobs_are_listed_by_status_type_and_tag(client: Client, submit: Submit) -> None:
    tagged, scheduled, cancelled = await submit(tags=["a"]), await submit(delay=60), await submit(tags=["a", "b"])
    async with client.post(f"/api/jobs/{cancelled}/cancel"):
        pass

    async def listed(query: str) -> set[str]:
        return {job["id"] for job in (await read(client, f"/api/jobs?{query}"))["jobs"]}

    assert await listed("status=scheduled") == {scheduled}
    assert await listed("status=scheduled&status=cancelled") == {scheduled, cancelled}
    assert await listed("tag=a") == {tagged, cancelled}
    assert await listed("tag=a&status=pending") == {tagged}
    assert await listed("type=calculation&type=other") == {tagged, scheduled, cancelled}
    assert await listed("type=other") == set()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=5", "/limit"),
        ("pageSize=0", "/pageSize"),
        ("pageSize=201", "/pageSize"),
        ("pageSize=x", "/pageSize"),
        ("pageSize=5&pageSize=6", "/pageSize"),
        ("pageToken=x", "/pageToken"),
        ("pageToken=%FF", "/pageToken"),
        ("status=done", "/status/0"),
        ("status=pending&status=PENDING", "/status/1"),
        ("status=", "/status/0"),
        ("tag=a%20b", "/tag/0"),
        ("tag=a&tag=%00", "/tag/1"),
        ("queue=A", "/queue/0"),
        ("createdAfter=now", "/createdAfter"),
        ("completedBefore=2030-01-31", "/completedBefore"),
        ("parentId=x", "/parentId"),
        ("sort=status", "/sort"),
        ("sort=createdAt&sort=createdAt", "/sort"),
        ("fields=id,result", "/fields/0"),
        ("%2F~=1", "/~1~0"),
    ],
)
async def test_a_wrong_parameter_is_named(client: Client, query: str, parameter: str) -> None:
    async with client.get(f"/api/jobs?{query}") as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == 422
        assert [error["pointer"] for error in body["errors"]] == [parameter]


async def test_a_link_header_takes_no_orders_from_the_query(client: Client, submit: Submit) -> None:
    await asyncio.gather(submit(tags=["a"]), submit(tags=["a"]))
    async with client.get("/api/jobs?pageSize=1&type=calculation&type=%3E%0d%0a%22x") as response:
        assert response.status == 200
        link = response.headers["Link"]
    assert link.startswith("</api/jobs?")
    assert link.endswith('>; rel="next"')
    assert not set(link[1:].removesuffix('>; rel="next"')) & set('<>"\r\n')


async def test_lists_leave_out_what_may_be_large(client: Client, submit: Submit) -> None:
    await submit()
    (job,) = (await read(client, "/api/jobs"))["jobs"]
    assert not job.keys() & {"payload", "result", "attempts"}
    assert json.dumps(job["links"])
