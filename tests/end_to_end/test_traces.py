"""One trace from a caller's request over the queue to the attempt and the webhook, as OpenTelemetry keeps it."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api_service.app import create_app
from shared.address_gate import AddressGate, networks
from shared.settings import Settings, read_settings
from shared.signing import new_secret
from shared.telemetry import Telemetry
from tests.waiting import until
from tests.worker_service.webhooks.receiver import answer, receiving
from worker_service.catalogue import processors
from worker_service.main import Crew

Client = TestClient[web.Request, web.Application]

CANARY = "confidential-4711"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "order-4711"}
FAIL, RETURN = {"do": "fail", "message": CANARY}, {"do": "return", "value": CANARY}


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    return dataclasses.replace(
        read_settings(),
        redis_url=redis_url,
        data_dir=tmp_path,
        plugins=("tests.scripted",),
        children=1,
        webhook_gate=AddressGate(networks(["127.0.0.0/8"])),
        webhook_secrets=(new_secret(bytes(24)),),
    )


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def telemetry(spans: InMemorySpanExporter) -> Telemetry:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Telemetry(provider)


@asynccontextmanager
async def working(settings: Settings, spans: InMemorySpanExporter) -> AsyncIterator[None]:
    """A worker in this process."""
    served = {"scripted": processors(settings.plugins)["scripted"]}
    crew = Crew(settings, served, telemetry(spans))
    await crew.start()
    engine = asyncio.create_task(crew.engine.run())
    yield
    engine.cancel()
    await asyncio.gather(engine, return_exceptions=True)
    await crew.stop()


@pytest.fixture
async def client(
    settings: Settings, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setattr("worker_service.main.collect_less", lambda: None)  # this process has other tests to run
    app = create_app(settings, telemetry(spans))
    async with TestClient(TestServer(app)) as connected, working(settings, spans):
        yield connected


async def submit(client: Client, *attempts: dict[str, Any], **options: Any) -> str:
    soon = {"backoff": {"kind": "fixed", "delay": 0.01}, "metadata": {"note": CANARY}}
    body = {"type": "scripted", "payload": {"attempts": attempts, "ledger": ""}, "options": {**soon, **options}}
    async with client.post("/api/jobs", json=body, headers=CALLER) as response:
        job_id: str = (await response.json())["jobId"]
        return job_id


async def ended(spans: InMemorySpanExporter, name: str, count: int = 1) -> list[ReadableSpan]:
    async def look() -> list[ReadableSpan]:
        found = [span for span in spans.get_finished_spans() if span.name == name]
        return found if len(found) >= count else []

    return await until(look, f"{count} spans called {name}")


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_request_wait_attempt_processor_and_webhook_are_one_trace(
    client: Client, spans: InMemorySpanExporter
) -> None:
    async with receiving(answer(204)) as receiver:
        job_id = await submit(client, RETURN, callbackUrl=receiver.url)
        (sent,) = await ended(spans, "webhook job.completed")
        await ended(spans, "attempt webhook-delivery")
        (received,) = receiver.requests
    by_name = {span.name: span for span in spans.get_finished_spans()}
    assert set(by_name) == {
        "POST /api/jobs",
        "submit scripted",
        *(f"{step} {type}" for step in ("wait", "attempt", "process") for type in ("scripted", "webhook-delivery")),
        "webhook job.completed",
    }
    assert {f"{span.context.trace_id:032x}" for span in by_name.values()} == {TRACE}
    parents = {name: span.parent and span.parent.span_id for name, span in by_name.items()}
    ids = {name: span.context.span_id for name, span in by_name.items()}
    assert parents["POST /api/jobs"] == int(PARENT, 16)
    for name in ("submit scripted", "wait scripted", "attempt scripted", "attempt webhook-delivery"):
        assert parents[name] == ids["POST /api/jobs"], name
    assert parents["process scripted"] == ids["attempt scripted"]
    assert parents["webhook job.completed"] == ids["process webhook-delivery"]
    assert received.headers["traceparent"] == f"00-{TRACE}-{ids['webhook job.completed']:016x}-01"
    kinds = {name: by_name[name].kind for name in ("POST /api/jobs", "submit scripted", "attempt scripted")}
    assert list(kinds.values()) == [SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER]
    assert sent.kind is SpanKind.CLIENT
    assert facts(by_name["attempt scripted"])["messaging.message.id"] == job_id
    async with client.get(f"/api/jobs/{job_id}") as response:
        assert (await response.json())["traceparent"] == f"00-{TRACE}-{ids['POST /api/jobs']:016x}-01"


async def test_each_attempt_has_a_span_and_none_quotes_what_the_job_is_about(
    client: Client, spans: InMemorySpanExporter
) -> None:
    await submit(client, FAIL, RETURN)
    failed, completed = await ended(spans, "attempt scripted", 2)
    assert [facts(span)["dmps.outcome"] for span in (failed, completed)] == ["failed", "completed"]
    assert (facts(failed)["error.type"], failed.status.status_code) == ("exception", StatusCode.ERROR)
    assert "error.type" not in facts(completed)
    work, _ = await ended(spans, "process scripted", 2)
    assert facts(work)["error.type"] == "RuntimeError"
    assert len(await ended(spans, "wait scripted", 2)) == 2
    assert not [span for span in spans.get_finished_spans() if CANARY in span.to_json()]


async def test_a_refusal_is_no_failure_of_the_service(client: Client, spans: InMemorySpanExporter) -> None:
    async with client.get("/api/jobs/nothing") as response:
        assert response.status == 404
    (span,) = await ended(spans, "GET /api/jobs/{id}")
    assert (facts(span)["http.response.status_code"], span.status.is_unset) == (404, True)


async def test_a_batch_is_one_submission(client: Client, spans: InMemorySpanExporter) -> None:
    job = {"type": "scripted", "payload": {"attempts": [RETURN], "ledger": ""}}
    async with client.post("/api/jobs/batch", json={"jobs": [job] * 3}) as response:
        assert response.status == 202
    (request,), (span,) = await ended(spans, "POST /api/jobs/batch"), await ended(spans, "submit")
    assert facts(span)["messaging.batch.message_count"] == 3
    attempts = await ended(spans, "attempt scripted", 3)
    assert {attempt.context.trace_id for attempt in attempts} == {request.context.trace_id}


async def test_what_asks_for_health_and_metrics_is_not_traced(client: Client, spans: InMemorySpanExporter) -> None:
    for path in ("/health/live", "/metrics", "/"):
        async with client.get(path) as response:
            assert response.status == 200
    assert not [span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER]
