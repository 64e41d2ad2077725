"""The alert rules and the dashboard: every metric that they name is told, and promtool, where it is, tries them."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_service.metering import ApiMeter
from tests.processes import ROOT
from tests.test_metrics import STANDING
from worker_service.metrics import WorkerMeter

RULES = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
RULES_TEST = ROOT / "deploy" / "prometheus" / "alerts_test.yml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "dmps.json").read_text())
ALERTS = re.findall(r"- alert: (\w+)", RULES)
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def promtool(*arguments: str) -> str:
    ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def told() -> Iterator[str]:
    """The names of all samples."""
    for registry in (ApiMeter().process.registry, WorkerMeter(lambda: STANDING).process.registry):
        for family in registry.collect():
            for suffix in SUFFIXES[family.type]:
                yield family.name + suffix


def expressions() -> list[str]:
    """Of the dashboard, with something in place of its variables."""
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [re.sub(r"\$(type|queue)\b", ".*", text.replace("$__rate_interval", "5m")) for text in found]


def variables() -> list[str]:
    return [variable["query"] for variable in DASHBOARD["templating"]["list"]]


@pytest.mark.parametrize("text", [RULES, "\n".join([*expressions(), *variables()])], ids=["alerts", "dashboard"])
def test_each_metric_that_is_asked_for_is_told(text: str) -> None:
    asked = set(re.findall(r"\b(?:dmps|process)_\w+", text))
    assert len(asked) > 10
    assert asked <= set(told())


def test_each_alert_is_tried_and_explained() -> None:
    page, tests = (ROOT / "docs" / "metrics.md").read_text(), RULES_TEST.read_text()
    assert len(ALERTS) > 10
    for alert in ALERTS:
        assert f"| `{alert}` |" in page, alert
        assert re.search(rf"alertname: {alert}\n +exp_alerts:\n +- exp_labels", tests), alert


@needs_promtool
def test_each_alert_fires_when_it_should_and_not_when_it_should_not() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(RULES_TEST))


@needs_promtool
def test_each_expression_of_the_dashboard_can_be_evaluated(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [{"record": f"panel:{n}", "expr": text} for n, text in enumerate(expressions())]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(path))


def test_no_panel_lies_on_another() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        cell
        for grid in (panel["gridPos"] for panel in panels)
        for cell in itertools.product(range(grid["x"], grid["x"] + grid["w"]), range(grid["y"], grid["y"] + grid["h"]))
    ]
    assert len(set(cells)) == len(cells)
    assert max(column for column, _ in cells) == 23
