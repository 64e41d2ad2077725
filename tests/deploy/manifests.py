"""What the files for deployment say, as tests read them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.processes import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
PROXY = (ROOT / "deploy" / "haproxy.cfg").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))

SETTINGS = {
    name for path in (ROOT / "shared").rglob("*.py") for name in re.findall(r'env\.\w+\("(\w+)"', path.read_text())
}
SECRETS = {"DMPS_PEPPER", "DMPS_SECRET", "DMPS_WEBHOOK_SECRET", "DMPS_HASH_KEY", "DMPS_METRICS_TOKEN"}
SIZES = {"g": 1 << 30, "gb": 1 << 30, "G": 1 << 30, "Gi": 1 << 30, "m": 1 << 20, "Mi": 1 << 20}


def objects() -> dict[tuple[str, str], dict[str, Any]]:
    """What Kubernetes is told, by kind and name."""
    found = [item for path in KUBERNETES for item in yaml.safe_load_all(path.read_text())]
    return {(item["kind"], item.get("metadata", {}).get("name", "")): item for item in found}


def pod(kind: str, name: str) -> dict[str, Any]:
    """The specification of its pods."""
    spec: dict[str, Any] = objects()[kind, name]["spec"]["template"]["spec"]
    return spec


def container(kind: str, name: str) -> dict[str, Any]:
    """The only one of its pods."""
    (only,) = pod(kind, name)["containers"]
    found: dict[str, Any] = only
    return found


def unit(path: Path) -> dict[str, list[str]]:
    """The directives of a systemd unit (systemd.syntax(7)); each may come more than once."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#[":
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def environment_of(path: Path) -> dict[str, str]:
    """What a unit sets."""
    return dict(item.split("=", 1) for value in unit(path).get("Environment", []) for item in shlex.split(value))


def stage(name: str) -> str:
    """What a stage of the Dockerfile adds, continued lines joined."""
    _, *stages = re.split(r"^FROM ", DOCKERFILE.replace("\\\n", ""), flags=re.MULTILINE)
    (found,) = [text for text in stages if text.split("\n", 1)[0].endswith(f" AS {name}")]
    return found


def image_environment() -> Iterator[str]:
    """The names that the Dockerfile sets for what runs."""
    for name in ("service", "api", "worker"):
        for line in re.findall(r"^ENV (.*)", stage(name), re.MULTILINE):
            yield from (item.split("=", 1)[0] for item in shlex.split(line))


def size(text: str) -> int:
    """Bytes: `3g` as compose writes it, `3Gi` as Kubernetes does, `2G` as systemd does."""
    number, unit_of = re.fullmatch(r"(\d+)(\w+)", text).groups()  # type: ignore[union-attr]
    return int(number) * SIZES[unit_of]
