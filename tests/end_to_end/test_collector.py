"""The spans of real processes, as an OpenTelemetry collector gets them: OTLP over HTTP, in protobuf."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from tests.processes import API, WORKER, Fleet
from tests.waiting import until
from tests.worker_service.webhooks.receiver import Receiver, receiving

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra `otel`")
service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

CANARY = "confidential-4711"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
JOB = {"type": "scripted", "payload": {"attempts": [{"do": "return", "value": CANARY}], "ledger": ""}}
WANTED = {
    "POST /api/jobs": "dmps-api",
    "submit scripted": "dmps-api",
    "wait scripted": "dmps-worker",
    "attempt scripted": "dmps-worker",
    "process scripted": "dmps-worker",
}


@pytest.fixture
async def collector() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def url(collector: Receiver, processes: Fleet) -> str:
    """Of an API beside a worker; both send spans ten times a second."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    endpoint = f"http://127.0.0.1:{collector.port}"
    telling = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    processes.start(API, **telling, PORT=str(port))
    processes.start(WORKER, **telling)
    return f"http://127.0.0.1:{port}"


def spans(collector: Receiver) -> Iterator[tuple[str, Any]]:
    """All of that trace that came so far, each with the name of the service that sent it."""
    for request in collector.requests:
        assert (request.path, request.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
        for part in service.ExportTraceServiceRequest.FromString(request.body).resource_spans:
            (name,) = [each.value.string_value for each in part.resource.attributes if each.key == "service.name"]
            for scope in part.scope_spans:
                yield from ((name, span) for span in scope.spans if span.trace_id.hex() == TRACE)


async def submit(session: ClientSession) -> bool:
    try:
        async with session.post("/api/jobs", json=JOB) as response:
            return response.status == 202
    except ClientError:
        return False


async def test_a_collector_gets_one_trace_from_the_request_to_the_processor(collector: Receiver, url: str) -> None:
    async with ClientSession(url, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}) as session:
        await until(lambda: submit(session), "an API that takes a job")
    async with asyncio.timeout(30), collector.came:
        await collector.came.wait_for(lambda: {span.name for _, span in spans(collector)} >= WANTED.keys())
    found = {span.name: (name, span) for name, span in spans(collector)}
    assert {span_name: name for span_name, (name, _) in found.items()} == WANTED
    ids = {name: span.span_id for name, (_, span) in found.items()}
    parents = {name: span.parent_span_id for name, (_, span) in found.items()}
    assert parents == {
        "POST /api/jobs": bytes.fromhex(PARENT),
        **dict.fromkeys(("submit scripted", "wait scripted", "attempt scripted"), ids["POST /api/jobs"]),
        "process scripted": ids["attempt scripted"],
    }
    assert not [request for request in collector.requests if CANARY.encode() in request.body]
