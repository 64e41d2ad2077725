from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import lifecycle
from shared.job import Job
from shared.telemetry import Telemetry
from worker_service.engine.spans import AttemptSpans
from worker_service.runner import Attempt

NOW = 1_700_000_000_000


async def perform(_: Attempt) -> bytes:
    return b""


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> AttemptSpans:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return AttemptSpans(Telemetry(provider))


@pytest.fixture
def held(new_job: Callable[..., Job]) -> Job:
    return lifecycle.claim(new_job(now=NOW - 2_000), "w1", NOW - 500)


def told(exporter: InMemorySpanExporter) -> dict[str, dict[str, Any]]:
    return {span.name: dict(span.attributes or {}) for span in exporter.get_finished_spans()}


def test_a_job_of_no_trace_has_one_of_its_own_with_its_wait(
    spans: AttemptSpans, exporter: InMemorySpanExporter, held: Job
) -> None:
    spans.began(held, perform)
    spans.settled(held, lifecycle.complete(held, Raw(b"1"), NOW))
    wait, attempt = exporter.get_finished_spans()
    assert wait.parent is not None
    assert (wait.parent.span_id, attempt.parent) == (attempt.context.span_id, None)
    times = [(span.start_time, span.end_time) for span in (wait, attempt)]
    ms = 1_000_000
    assert times == [((NOW - 2_000) * ms, (NOW - 500) * ms), ((NOW - 500) * ms, NOW * ms)]


@pytest.mark.parametrize("why", ["refused", "lease_lost"])
def test_an_attempt_whose_job_is_anothers_by_now_says_so(
    spans: AttemptSpans, exporter: InMemorySpanExporter, held: Job, why: str
) -> None:
    spans.began(held, perform)
    spans.dropped(held, why)
    spans.settled(held, lifecycle.complete(held, Raw(b"1"), NOW))  # too late: it has ended
    assert told(exporter)["attempt calculation"]["error.type"] == why


def test_what_never_began_has_no_span(spans: AttemptSpans, exporter: InMemorySpanExporter, held: Job) -> None:
    spans.settled(held, lifecycle.hand_back(held, NOW))
    spans.dropped(held, "refused")
    assert told(exporter) == {}
