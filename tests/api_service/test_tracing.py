import dataclasses
import json
import logging
from typing import Any

import pytest

from shared.logs import configure
from shared.settings import Settings
from tests.api_service.conftest import COMPLEX, Client, Connect

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("path", ["/", "/health/live", "/api/job-types", "/api/jobs/x", "/nowhere"])
async def test_every_answer_repeats_the_callers_id(client: Client, path: str) -> None:
    async with client.get(path, headers={"X-Request-ID": "order-4711"}) as response:
        assert response.headers["X-Request-ID"] == "order-4711"


@pytest.mark.parametrize("id", ["", " ", "a b", "é", "x" * 129, "a\tb"])
async def test_a_request_without_an_id_that_can_be_one_gets_one_of_ours(client: Client, id: str) -> None:
    seen = set()
    for _ in range(2):
        async with client.get("/health/live", headers={"X-Request-ID": id}) as response:
            seen.add(response.headers["X-Request-ID"])
    assert all(len(each) == 16 for each in seen)
    assert len(seen) == 2


async def test_a_refusal_of_a_method_and_a_stream_have_an_id_too(client: Client) -> None:
    for method, path, status in (("PUT", "/", 405), ("OPTIONS", "/", 204), ("GET", "/api/events", 200)):
        async with client.request(method, path, headers={"X-Request-ID": "x"}) as response:
            assert (response.status, response.headers["X-Request-ID"]) == (status, "x")


async def submitted(client: Client, headers: dict[str, str]) -> Any:
    async with client.post("/api/jobs", json=COMPLEX, headers=headers) as response:
        location = response.headers["Location"]
    async with client.get(location) as response:
        return await response.json()


async def test_a_job_keeps_what_its_caller_sent(client: Client) -> None:
    job = await submitted(client, {"X-Request-ID": "order-4711", "traceparent": PARENT})
    assert (job["requestId"], job["traceparent"]) == ("order-4711", PARENT)


async def test_the_jobs_of_a_batch_keep_it_each(client: Client) -> None:
    headers = {"X-Request-ID": "order-4711", "traceparent": PARENT}
    async with client.post("/api/jobs/batch", json={"jobs": [COMPLEX, COMPLEX]}, headers=headers) as response:
        ids = [entry["jobId"] for entry in (await response.json())["jobs"]]
    for id in ids:
        async with client.get(f"/api/jobs/{id}") as response:
            job = await response.json()
            assert (job["requestId"], job["traceparent"]) == ("order-4711", PARENT)


async def test_a_record_does_not_grow_by_an_id_of_ours(client: Client, redis: Any) -> None:
    job = await submitted(client, {})
    assert (job["requestId"], job["traceparent"]) == (None, None)
    record = redis.get(f"dmps:job:{job['id']}")
    assert b"requestId" not in record
    assert b"traceparent" not in record


@pytest.mark.parametrize(
    "written",
    [
        PARENT.upper(),
        PARENT[:-1],
        f"ff{PARENT[2:]}",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        f"{PARENT}-more",
        "x",
    ],
)
async def test_a_malformed_traceparent_is_as_good_as_none(client: Client, written: str) -> None:
    assert (await submitted(client, {"traceparent": written}))["traceparent"] is None


async def test_what_is_logged_of_a_request_has_its_id(
    connect: Connect, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    client = await connect(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1"))
    configure("json")
    try:
        async with client.get("/api/workers", headers={"X-Request-ID": "order-4711"}) as response:
            assert response.status == 503
    finally:
        logging.getLogger().handlers.clear()
    assert '"request_id": "order-4711"' in capfd.readouterr().err


async def test_what_is_logged_of_a_request_has_its_trace_and_not_that_of_an_earlier_one(
    connect: Connect, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    client = await connect(dataclasses.replace(settings, redis_url="redis://127.0.0.1:1"))
    configure("json")
    try:
        for headers in ({"traceparent": PARENT}, {}):
            async with client.get("/api/workers", headers=headers) as response:
                assert response.status == 503
    finally:
        logging.getLogger().handlers.clear()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "request_id" in line]
    traces = {line["request_id"]: line.get("trace_id") for line in lines}
    assert set(traces.values()) == {PARENT.split("-")[1], None}
