import asyncio
import json
from io import BytesIO
from typing import Any

import pytest

from api_service.handlers.batches import MAX_ERRORS_A_JOB
from tests.api_service.conftest import COMPLEX, Client

JSON = {"Content-Type": "application/json"}
BAD = {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, "2"]}}


async def post(client: Client, batch: Any) -> tuple[int, Any]:
    async with client.post("/api/jobs/batch", data=BytesIO(json.dumps(batch).encode()), headers=JSON) as response:
        return response.status, json.loads(await response.read())


async def listed(client: Client) -> list[str]:
    async with client.get("/api/jobs?pageSize=200") as response:
        return [job["id"] for job in (await response.json())["jobs"]]


async def test_all_jobs_of_a_batch_are_accepted_in_order(client: Client) -> None:
    status, body = await post(client, {"jobs": [COMPLEX, {**COMPLEX, "options": {"delay": 60}}, COMPLEX]})
    assert status == 202
    assert body["message"] == "3 of 3 jobs submitted successfully"
    assert [entry["status"] for entry in body["jobs"]] == ["pending", "scheduled", "pending"]
    assert [entry["jobId"] for entry in body["jobs"]][::-1] == await listed(client)


async def test_a_bad_job_of_a_batch_is_refused_alone(client: Client) -> None:
    status, body = await post(client, {"jobs": [COMPLEX, BAD, COMPLEX]})
    assert status == 202
    assert body["message"] == "2 of 3 jobs submitted successfully"
    problem = body["jobs"][1]["problem"]
    assert (problem["status"], problem["title"]) == (422, "Validation failed")
    assert [error["pointer"] for error in problem["errors"]] == ["/jobs/1/payload/numbers/1"]
    assert [body["jobs"][0]["jobId"], body["jobs"][2]["jobId"]][::-1] == await listed(client)


async def test_a_bad_job_of_an_atomic_batch_refuses_all(client: Client) -> None:
    status, body = await post(client, {"jobs": [COMPLEX, BAD, {**COMPLEX, "type": "nope"}], "atomic": True})
    assert status == 422
    assert [error["pointer"] for error in body["errors"]] == ["/jobs/1/payload/numbers/1", "/jobs/2/type"]
    assert await listed(client) == []


async def test_a_good_atomic_batch_is_accepted(client: Client) -> None:
    status, body = await post(client, {"jobs": [COMPLEX] * 3, "atomic": True})
    assert status == 202
    assert len(await listed(client)) == len(body["jobs"]) == 3


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"type":"calculation","payload":' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}", 400, "too_deep"),
        (b'{"type":"\xff"}', 400, "malformed"),
        (b'{"type":"calculation","payload":{"operation":"sum","numbers":[1e400]}}', 422, "out_of_range"),
        pytest.param(b'"' + b"x" * 1024 * 1024 + b'"', 413, "too_large", id="large"),
    ],
)
async def test_a_job_that_cannot_be_read_is_refused_alone(client: Client, item: bytes, status: int, code: str) -> None:
    text = b'{"jobs": [' + item + b"," + json.dumps(COMPLEX).encode() + b"]}"
    async with client.post("/api/jobs/batch", data=BytesIO(text), headers=JSON) as response:
        assert response.status == 202
        refused, accepted = (await response.json())["jobs"]
    assert (refused["problem"]["status"], refused["problem"]["errors"][0]["code"]) == (status, code)
    assert refused["problem"]["errors"][0]["pointer"].startswith("/jobs/0")
    assert accepted["status"] == "pending"


@pytest.mark.parametrize(
    ("text", "status", "pointer"),
    [
        (b"{}", 422, "/jobs"),
        (b'{"jobs": []}', 422, "/jobs"),
        (b'{"jobs": {}}', 422, "/jobs"),
        (b'{"jobs": null}', 422, "/jobs"),
        (b'{"jobs": [{}], "atomic": 1}', 422, "/atomic"),
        (b'{"jobs": [{}], "atomic": 1e999}', 422, "/atomic"),
        (b'{"jobs": [{}], "other": 1}', 422, "/other"),
        (b"[{}]", 422, ""),
        (b'{"jobs": [{]}', 400, ""),
        pytest.param(b'{"jobs": [' + b"1," * 10_000 + b"1]}", 422, "/jobs", id="too many"),
        pytest.param(b'{"jobs": ' + b"[" * 100_000, 400, "", id="deep"),
        pytest.param(b'{"jobs": [{}], "other": ' + b"[" * 40 + b"]" * 40 + b"}", 422, "/other", id="deep elsewhere"),
    ],
)
async def test_a_bad_batch_is_refused(client: Client, text: bytes, status: int, pointer: str) -> None:
    async with client.post("/api/jobs/batch", data=BytesIO(text), headers=JSON) as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == status
        assert body["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("jobs", ["{}", '"x"', "1", "true"])
async def test_jobs_that_are_no_array_are_told_so(client: Client, jobs: str) -> None:
    async with client.post("/api/jobs/batch", data=f'{{"jobs": {jobs}}}'.encode(), headers=JSON) as response:
        assert (await response.json())["errors"][0]["detail"] == "Must be an array of jobs."


async def test_a_batch_may_be_larger_than_a_job(client: Client) -> None:
    padded = {**COMPLEX, "options": {"metadata": {"padding": "x" * 4000}}}
    status, body = await post(client, {"jobs": [padded] * 400})
    assert status == 202
    assert len(body["jobs"]) == 400


async def test_a_batch_of_more_than_16_mib_is_too_large(client: Client) -> None:
    text = b" " * (16 * 1024 * 1024 + 1)
    async with client.post("/api/jobs/batch", data=BytesIO(text), headers=JSON) as response:
        assert response.status == 413


async def test_a_hopeless_job_of_a_batch_is_told_its_first_mistakes_only(client: Client) -> None:
    _, body = await post(client, {"jobs": [{str(n): n for n in range(100)}]})
    assert len(body["jobs"][0]["problem"]["errors"]) == MAX_ERRORS_A_JOB


async def test_others_are_served_while_a_large_batch_is_read(client: Client) -> None:
    batch = asyncio.create_task(post(client, {"jobs": [COMPLEX] * 10_000}))
    served = 0
    while not batch.done():
        async with client.get("/health/live") as response:
            served += response.status == 200
    status, body = await batch
    assert (status, len(body["jobs"])) == (202, 10_000)
    assert served > 10


async def lines(client: Client, text: bytes, query: str = "") -> tuple[int, Any]:
    headers = {"Content-Type": "application/x-ndjson"}
    async with client.post(f"/api/jobs/batch{query}", data=BytesIO(text), headers=headers) as response:
        return response.status, json.loads(await response.read())


async def test_a_batch_may_come_in_lines(client: Client) -> None:
    good = json.dumps(COMPLEX).encode()
    status, body = await lines(client, b"\n".join([good, b"", b"{", good + b"\r", json.dumps(BAD).encode()]) + b"\n")
    assert (status, body["message"]) == (202, "2 of 4 jobs submitted successfully")
    problems = [entry.get("problem", {}).get("title") for entry in body["jobs"]]
    assert problems == [None, "Malformed JSON", None, "Validation failed"]
    assert len(await listed(client)) == 2


async def test_a_batch_in_lines_may_be_all_or_none(client: Client) -> None:
    status, _ = await lines(client, json.dumps(COMPLEX).encode() + b"\n[]", "?atomic=true")
    assert status == 422
    assert await listed(client) == []


@pytest.mark.parametrize("text", [b"", b"\n \n", b"{}\n" * 10_001])
async def test_a_batch_in_lines_has_one_to_ten_thousand(client: Client, text: bytes) -> None:
    status, body = await lines(client, text)
    assert (status, body["errors"][0]["pointer"]) == (422, "/jobs")


async def test_all_or_none_is_one_step_and_so_is_bounded(client: Client) -> None:
    status, body = await post(client, {"jobs": [COMPLEX] * 1_001, "atomic": True})
    assert (status, body["errors"][0]["pointer"]) == (422, "/jobs")
    status, body = await post(client, {"jobs": [COMPLEX] * 1_000, "atomic": True})
    assert (status, body["message"]) == (202, "1000 of 1000 jobs submitted successfully")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "a"}])
async def test_a_batch_that_is_only_validated_is_bounded_as_one_that_is_not(client: Client, headers: Any) -> None:
    batch = {"jobs": [COMPLEX] * 1_001, "atomic": not headers}
    async with client.post("/api/jobs/batch?validateOnly=true", json=batch, headers=headers) as response:
        assert response.status == 422
