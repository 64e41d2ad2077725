"""What both services log while jobs end in all ways: by whose request, and nothing of what the jobs are about."""

import json
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.processes import API, Fleet
from tests.waiting import until

CANARY = "confidential-4711"
TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"X-Request-ID": "order-1", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "Prefer": "wait=15"}
SPOKEN = [
    [{"do": "return", "value": CANARY}],
    [{"do": "fail", "message": CANARY}, {"do": "return", "value": CANARY}],
    [{"do": "reject", "message": CANARY}],
    [{"do": "say"}],
]


def lines(services: Fleet) -> list[dict[str, Any]]:
    texts = [services.log(process) for process in services.processes]
    return [json.loads(line) for text in texts for line in text.splitlines() if line.startswith("{")]


async def listening(services: Fleet) -> str:
    async def told() -> str:
        return next((line["url"] for line in lines(services) if line["message"] == "listening"), "")

    return await until(told, "the API listens")


async def run(session: ClientSession, type: str, payload: Any) -> Any:
    options = {"metadata": {"note": CANARY}, "backoff": {"kind": "fixed", "delay": 0.01}, "maxAttempts": 2}
    async with session.post("/api/jobs", json={"type": type, "payload": payload, "options": options}) as response:
        return await response.json()


@pytest.fixture
def services(processes: Fleet) -> Fleet:
    processes.start(API, PORT="0", DMPS_LOG_FORMAT="json")
    processes.start(DMPS_LOG_FORMAT="json")
    return processes


async def test_logs_name_job_request_and_trace_and_never_what_a_job_is_about(services: Fleet) -> None:
    async with ClientSession(await listening(services), headers=HEADERS) as session:
        for type in ("scripted", "scripted-child"):
            ended = [await run(session, type, {"attempts": attempts, "ledger": ""}) for attempts in SPOKEN]
            assert [job["status"] for job in ended] == ["completed", "completed", "failed", "completed"]
        refused = await run(session, "calculation", {"operation": CANARY, "numbers": CANARY})
        assert refused["status"] == 422
        async with session.post("/api/jobs", data=f'{{"{CANARY}') as response:
            assert response.status == 415
    assert not [line for line in lines(services) if CANARY in json.dumps(line)]
    told = [line for line in lines(services) if line["message"] in {"completed", "retrying", "failed"}]
    assert len(told) == 10
    assert {(line["request_id"], line["trace_id"]) for line in told} == {("order-1", TRACE)}
    said = {
        (line["type"], line["request_id"], line["trace_id"]) for line in lines(services) if line["message"] == "said"
    }
    assert said == {(type, "order-1", TRACE) for type in ("scripted", "scripted-child")}
    (failed,) = {(line["reason"], line["error"]) for line in told if line["message"] == "retrying"}
    assert failed == ("exception", "RuntimeError")
