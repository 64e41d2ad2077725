"""Whether there are traces at all, which is asked for by OpenTelemetry's own variables."""

import subprocess
import sys

import pytest

from shared.errors import Misconfigured
from shared.settings import read_settings
from shared.spans import tracer_of
from tests.processes import ROOT

ENDPOINT, TRACES = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
COLLECTOR = "http://127.0.0.1:4318"


@pytest.mark.parametrize(
    ("variables", "traces"),
    [
        ({}, False),
        ({ENDPOINT: COLLECTOR}, True),
        ({TRACES: f"{COLLECTOR}/v1/traces"}, True),
        ({ENDPOINT: COLLECTOR, "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_spans_are_made_where_there_is_a_collector(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], traces: bool
) -> None:
    for name in (ENDPOINT, TRACES, "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    assert read_settings().traces is traces


def test_without_a_collector_there_is_no_tracer_and_the_library_is_not_loaded() -> None:
    program = """
import sys
import api_service.server, worker_service.main
from shared.settings import read_settings
from shared.spans import tracer_of
assert tracer_of(read_settings(), "api") is None
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("missing", ["shared.telemetry", "opentelemetry.exporter.otlp.proto.http.trace_exporter"])
def test_a_collector_without_the_library_is_a_mistake_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv(ENDPOINT, COLLECTOR)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(Misconfigured, match=r"pip install '\.\[otel\]' in a clone"):
        tracer_of(read_settings(), "api")
