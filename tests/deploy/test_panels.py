"""No panel of the dashboard is empty for a wrong name: Prometheus itself, in promtool, asks for each what we expose."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

from api_service.metering import ApiMeter
from shared.job import Job, Status
from shared.metrics import ProcessMeter
from shared.store import Limits, QueueInfo, WorkerInfo
from shared.store.views import Rates
from tests.deploy.test_observing import DASHBOARD, RULES
from tests.test_metrics import STANDING
from worker_service.metrics import WorkerMeter

SELECTOR = r"\b(?:dmps|process)_\w+(?:\{[^}]*\})?"
RATES, LONG = "5m", "20m"  # what a rate looks back at; until when there are samples, one a minute

pytestmark = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def exposed(job: Job) -> Iterator[tuple[str, CollectorRegistry]]:
    """By instance, what a service tells to which everything has happened once."""
    api, worker = ApiMeter(), WorkerMeter(lambda: STANDING)
    for meter in (api.process, worker.process):
        lived(meter, job)
    api._counter("/api/jobs", "POST", "500").inc()
    api._histogram("/api/jobs", "POST").observe(0.1)
    queue = QueueInfo("default", Limits(), dict.fromkeys(Status, 1), 1, job.created_at, Rates(1.0, 1.0), 1)
    info = WorkerInfo(id="w1", host="here", pid=1, types=(job.type,), slots=1, running=0, started_at=job.created_at)
    api.fleet.seen(job.created_at, [queue], [info])
    worker.jobs.of(job).retries["exception"] += 1
    worker.sent(500, "", 0.1)
    yield "api:3000", api.process.registry
    yield "worker:9000", worker.process.registry


def lived(meter: ProcessMeter, job: Job) -> None:
    meter.called("claim", 0.1, failed=True)
    meter.handled("settle", 1)
    meter.submitted([job])
    meter._lag.observe(0.1)


@pytest.fixture
def samples(new_job: Callable[..., Job]) -> list[tuple[Sample, bool]]:
    """Each with the instance that exposes it, and whether it only ever grows."""
    return [
        (sample._replace(labels={**sample.labels, "instance": instance, "job": "dmps"}), family.type != "gauge")
        for instance, registry in exposed(new_job())
        for family in registry.collect()
        for sample in family.samples
    ]


def labels(of: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(text)}" for name, text in of) + "}"


def not_empty(expression: str, label: str = "") -> dict[str, Any]:
    """Prometheus finds something, all of it with that label."""
    if not label:
        seen, expected = f"count({expression}) > bool 0", "{}"
    else:
        marked = f'label_replace(({expression}), "seen", "yes", "{label}", ".+")'
        seen, expected = f"count by (seen) ({marked}) > bool 0", labels([("seen", "yes")])
    return {"expr": seen, "eval_time": LONG, "exp_samples": [{"labels": expected, "value": 1}]}


def asked() -> Iterator[dict[str, Any]]:
    """For each panel its expressions and what its legends name; and each series that an alert looks at."""
    for target in (target for panel in DASHBOARD["panels"] for target in panel["targets"]):
        expression = re.sub(r"\$(type|queue)\b", ".+", target["expr"].replace("$__rate_interval", RATES))
        legends = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
        yield from (not_empty(expression, legend) for legend in legends or [""])
    for variable in DASHBOARD["templating"]["list"]:
        yield from (not_empty(*found) for found in re.findall(r"label_values\((\w+), (\w+)\)", variable["query"]))
    yield from (not_empty(selector) for selector in sorted({*re.findall(SELECTOR, RULES)}))


def promtool(directory: Path, samples: Iterable[tuple[Sample, bool]], tests: list[dict[str, Any]]) -> str:
    """What it has to say; nothing if all is as expected."""
    series = [
        {"series": sample.name + labels(sample.labels.items()), "values": "0+1x30" if grows else "1+0x30"}
        for sample, grows in samples
    ]
    path = directory / "panels.yml"  # JSON is YAML
    path.write_text(json.dumps({"tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]}))
    command = ["promtool", "test", "rules", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_each_panel_shows_something_by_its_labels(tmp_path: Path, samples: list[tuple[Sample, bool]]) -> None:
    tests = list(asked())
    assert len(tests) > 50
    assert promtool(tmp_path, samples, tests) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        not_empty("dmps_job_total"),
        not_empty('dmps_queue_jobs{status="waiting"}'),
        not_empty("sum by (status) (dmps_jobs_total)", "type"),
        not_empty("dmps_workers", "queue"),
    ],
    ids=["name", "value", "summed away", "label"],
)
def test_a_wrong_name_is_found(tmp_path: Path, samples: list[tuple[Sample, bool]], wrong: dict[str, Any]) -> None:
    assert "FAILED" in promtool(tmp_path, samples, [wrong])
