"""Traces, without the library that makes them: what our code needs of it. `shared.telemetry` is that library's side.

A span is a piece of work with a beginning and an end; its parent is told by a traceparent
(https://www.w3.org/TR/trace-context/#traceparent-header), which a job's record carries across the queue.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

from shared.errors import Misconfigured
from shared.job import Job
from shared.settings import Settings

Kind = Literal["server", "client", "producer", "consumer", "internal"]  # as OpenTelemetry has them
Facts = Mapping[str, str | int | float | bool]  # never of a payload, nor a message that may quote one


class Span(Protocol):
    """Work that has begun."""

    @property
    def traceparent(self) -> str:
        """What makes it the parent of another, in whatever process."""

    def current(self) -> AbstractContextManager[object]:
        """Within this context it is the parent of all that begins without one."""

    def end(self, facts: Facts | None = None, *, failed: str = "", at: int | None = None) -> None:
        """It is over, now or at that time (ms since the epoch); `failed`: the code of a failure."""


class Tracer(Protocol):
    """Makes spans, and sends them to where the operator wants them."""

    @property
    def is_within(self) -> bool:
        """Whether there is a current span."""

    def begin(self, name: str, kind: Kind, facts: Facts, *, parent: str = "", at: int | None = None) -> Span:
        """Begin now, or at that time (ms since the epoch); without a parent, as a part of the current span."""

    def close(self) -> None:
        """Send what there is, and no more. Waits for the network."""


def tracer_of(settings: Settings, service: str) -> Tracer | None:
    """None where nobody is to be told of spans. Raises `Misconfigured` where that cannot be."""
    if not settings.traces:
        return None
    try:
        from shared.telemetry import exporting  # noqa: PLC0415 - it is an extra, and not loaded without need

        return exporting(service)
    except ImportError as error:
        advice = "pip install '.[otel]' in a clone of dmps"
        raise Misconfigured(f"OTEL_EXPORTER_OTLP_ENDPOINT is set: {advice}. ({error})") from error


def facts_of(job: Job) -> Facts:
    """By what OpenTelemetry's conventions for messages, and we, name a job."""
    return {
        "messaging.system": "dmps",
        "messaging.destination.name": job.queue,
        "messaging.message.id": job.id,
        "dmps.job.type": job.type,
        "dmps.tenant": job.tenant,
    }


@contextmanager
def submitting(tracer: Tracer, jobs: Sequence[Job]) -> Iterator[None]:
    """A span of a submission, if it is a part of something that has one."""
    if not tracer.is_within or not jobs:
        yield
        return
    first, count = jobs[-1], len(jobs)  # a job comes after those that it waits for
    batch: Facts = {"messaging.system": "dmps", "messaging.batch.message_count": count}
    facts = facts_of(first) if count == 1 else batch
    span = tracer.begin(f"submit {first.type}" if count == 1 else "submit", "producer", facts)
    failed = "error"
    try:
        yield
        failed = ""
    finally:
        span.end(failed=failed)
