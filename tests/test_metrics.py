"""The page on the metrics lists what is told, and nothing else."""

import re

from prometheus_client import CollectorRegistry

from api_service.metering import ApiMeter
from tests.processes import ROOT
from worker_service.metrics import Standing, WorkerMeter

PAGE = (ROOT / "docs" / "metrics.md").read_text()
STANDING = Standing(slots=1, jobs=0, children=0, deliveries=0, is_draining=False)


def told(registry: CollectorRegistry) -> dict[str, str]:
    """The kinds of metrics, by name."""
    return {family.name: family.type for family in registry.collect()}


def section(heading: str) -> dict[str, str]:
    """The kinds that a table of the page gives, by name; process-wide ones have none."""
    (text,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| (`.*?`) \| (\w*) ?\|", text, re.MULTILINE)
    return {name: kind for names, kind in rows for name in re.findall(r"`(\w+)`", names)}


def listed(*headings: str) -> dict[str, str]:
    return {name: kind for heading in headings for name, kind in section(heading).items()}


def test_each_metric_stands_on_the_page_and_each_on_the_page_is_told() -> None:
    for registry, heading in (
        (ApiMeter().process.registry, "API"),
        (WorkerMeter(lambda: STANDING).process.registry, "Worker"),
    ):
        page, found = listed("API and workers", heading), told(registry)
        assert page.keys() == found.keys()
        assert {name: found[name] for name, kind in page.items() if kind} == {
            name: kind for name, kind in page.items() if kind
        }
