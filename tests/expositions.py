"""Reads what a process tells at /metrics, as a scraper would."""

import shutil
import subprocess
from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"}
ACKNOWLEDGED = "process_"  # prometheus-client's own


def families(text: str, content_type: str) -> Mapping[str, Metric]:
    """The metrics by name; an exposition that breaks the format is refused."""
    parse = parse_openmetrics if content_type.startswith("application/openmetrics-text") else parse_text
    return {family.name: family for family in parse(text)}


def value(found: Mapping[str, Metric], sample: str, **labels: str) -> float:
    """The sum of the samples of that name that have these labels; 0 if there are none."""
    return sum(
        each.value
        for family in found.values()
        for each in family.samples
        if each.name == sample and labels.items() <= each.labels.items()
    )


def lint(text: str) -> Iterable[str]:
    """What promtool, where it is installed, finds amiss with an exposition in the text format."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return ()
    ran = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return [line for line in (ran.stdout + ran.stderr).splitlines() if not line.startswith(ACKNOWLEDGED)]
