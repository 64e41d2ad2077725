"""Spans made by OpenTelemetry. Nothing here is loaded unless spans are to be told to somebody (`shared.spans`)."""

import os
import threading
from contextlib import AbstractContextManager

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.spans import Facts, Kind
from shared.version import version

_KINDS: dict[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
CLOSE_WITHIN = 2.0  # seconds

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = "traceparent"


class OpenSpan:
    """A span of the library."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """What makes it the parent of another."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, trace.set_span_in_context(self._span))
        return carrier.get(_TRACEPARENT, "")

    def current(self) -> AbstractContextManager[object]:
        """It is the parent of all that begins within. Exceptions are not noted: they may quote a payload."""
        return trace.use_span(self._span, record_exception=False, set_status_on_exception=False)

    def end(self, facts: Facts | None = None, *, failed: str = "", at: int | None = None) -> None:
        """It is over."""
        for name, fact in (facts or {}).items():
            self._span.set_attribute(name, fact)
        if failed:
            self._span.set_attribute("error.type", failed)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end(_nanoseconds(at))


class Telemetry:
    """Makes spans by a provider, which knows where they go."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("dmps")

    @property
    def is_within(self) -> bool:
        """Whether there is a current span."""
        return trace.get_current_span().get_span_context().is_valid

    def begin(self, name: str, kind: Kind, facts: Facts, *, parent: str = "", at: int | None = None) -> OpenSpan:
        """Begin a span."""
        context = _PROPAGATOR.extract({_TRACEPARENT: parent}) if parent else None
        return OpenSpan(
            self._tracer.start_span(
                name, context=context, kind=_KINDS[kind], attributes=dict(facts), start_time=_nanoseconds(at)
            )
        )

    def close(self) -> None:
        """Send what there is, if the collector takes it soon. The library would try for longer than a process may."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(CLOSE_WITHIN)


def exporting(service: str) -> Telemetry:
    """To where OTEL_EXPORTER_OTLP_ENDPOINT says, by OTLP over HTTP; the library reads its other variables, too.

    Raises `ImportError` without the exporter.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - tests need none

    provider = TracerProvider(resource=Resource.create(_resource(service)), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Telemetry(provider)


def _resource(service: str) -> dict[str, str]:
    """What the operator has not named otherwise."""
    named = "OTEL_SERVICE_NAME" in os.environ or f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    release = {SERVICE_VERSION: version()} if version() else {}
    return release if named else {SERVICE_NAME: f"dmps-{service}", **release}


def _nanoseconds(at: int | None) -> int | None:
    return None if at is None else at * 1_000_000
