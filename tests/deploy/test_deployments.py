"""Compose, Kubernetes and systemd: what they say agrees with the code, and with one another."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from api_service.app import create_app
from shared.settings import Settings, read_settings
from tests.deploy import manifests
from tests.deploy.manifests import COMPOSE, SECRETS, SETTINGS, UNITS, container, objects, pod, size
from tests.processes import ROOT

SLACK = 5.0  # seconds, to hand back what did not end
BESIDE_CHILDREN = 512 << 20  # bytes: the worker itself
OF_OTHERS = {"PYTHONUNBUFFERED", "API"}


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("DMPS_")]:
        monkeypatch.delenv(name)
    return read_settings()


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    """Who is told what."""
    for name in ("api", "worker", "proxy"):
        yield f"compose: {name}", COMPOSE["services"][name]["environment"]
    yield "kubernetes: all", objects()["ConfigMap", "dmps"]["data"]
    for name in ("api", "worker"):
        yield (
            f"kubernetes: {name}",
            {item["name"]: item.get("value") for item in container("Deployment", name).get("env", [])},
        )
    for path in UNITS:
        yield path.name, manifests.environment_of(path)


@pytest.mark.parametrize(("who", "environment"), list(told()))
def test_nothing_is_set_that_is_no_setting_and_no_secret_is_written_down(who: str, environment: dict[str, Any]) -> None:
    for name, value in environment.items():
        setting = name.removesuffix("_FILE")
        assert setting in SETTINGS | OF_OTHERS
        assert setting not in SECRETS or value is None or name.endswith("_FILE")


def test_everybody_gets_longer_to_stop_than_lingering_and_a_drain_take(defaults: Settings) -> None:
    cluster = objects()["ConfigMap", "dmps"]["data"]
    for name in ("api", "worker"):
        compose = COMPOSE["services"][name]
        of_compose = {"DMPS_LINGER": "0", **compose["environment"]}
        assert float(compose["stop_grace_period"].removesuffix("s")) >= needed(of_compose, defaults)
        of_cluster = cluster if name == "api" else {**cluster, "DMPS_LINGER": "0"}  # it concerns the API alone
        assert pod("Deployment", name)["terminationGracePeriodSeconds"] >= needed(of_cluster, defaults)
    for path in UNITS:
        of_unit = {"DMPS_LINGER": "0", **manifests.environment_of(path)}
        assert float(manifests.unit(path)["TimeoutStopSec"][-1]) >= needed(of_unit, defaults)
        assert manifests.unit(path)["KillMode"] == ["mixed"]  # the worker ends its children itself


def needed(environment: Mapping[str, str], defaults: Settings) -> float:
    """Seconds from SIGTERM to the end."""
    assert float(environment["DMPS_DRAIN"]) == defaults.drain
    return float(environment["DMPS_LINGER"]) + defaults.drain + SLACK


def test_a_proxy_has_time_to_notice_that_the_api_ends() -> None:
    inter, fall = map(int, re.findall(r"check inter (\d+)s fall (\d+)", manifests.PROXY)[0])
    for linger in (
        COMPOSE["services"]["api"]["environment"]["DMPS_LINGER"],
        objects()["ConfigMap", "dmps"]["data"]["DMPS_LINGER"],
        *(manifests.environment_of(path)["DMPS_LINGER"] for path in UNITS if "api" in path.name),
    ):
        assert float(linger) > inter * (fall + 1)


def worker_sizes() -> Iterator[tuple[str, int, int]]:
    """Where, how many children, and how many bytes for all."""
    compose = COMPOSE["services"]["worker"]
    children = int(compose["environment"]["DMPS_CHILDREN"])
    assert float(compose["deploy"]["resources"]["limits"]["cpus"]) == children
    yield "compose", children, size(compose["deploy"]["resources"]["limits"]["memory"])
    worker = container("Deployment", "worker")
    (children,) = [int(item["value"]) for item in worker["env"] if item["name"] == "DMPS_CHILDREN"]
    assert float(worker["resources"]["limits"]["cpu"]) == children
    yield "kubernetes", children, size(worker["resources"]["limits"]["memory"])
    of_systemd = next(path for path in UNITS if "worker" in path.name)
    children = int(manifests.environment_of(of_systemd)["DMPS_CHILDREN"])
    yield "systemd", children, size(manifests.unit(of_systemd)["MemoryMax"][0])


@pytest.mark.parametrize(("where", "children", "memory"), list(worker_sizes()))
def test_children_fill_their_own_memory_before_that_of_their_worker(
    where: str, children: int, memory: int, defaults: Settings
) -> None:
    assert memory >= children * (defaults.child_limits.memory or 0) + BESIDE_CHILDREN


def test_api_and_workers_share_one_place_for_files() -> None:
    assert re.search(r"DMPS_DATA_DIR=(\S+)", manifests.stage("service")).group(1) == "/data"  # type: ignore[union-attr]
    for name in ("api", "worker"):
        assert COMPOSE["services"][name]["volumes"] == ["files:/data"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container("Deployment", name)["volumeMounts"]}
        assert mounts["files"] == "/data"
        assert {"name": "files", "persistentVolumeClaim": {"claimName": "files"}} in pod("Deployment", name)["volumes"]
    assert objects()["PersistentVolumeClaim", "files"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert len({manifests.environment_of(path)["DMPS_DATA_DIR"] for path in UNITS}) == 1
    assert {tuple(manifests.unit(path)["StateDirectory"]) for path in UNITS} == {("dmps",)}


def test_probes_ask_for_what_there_is(defaults: Settings) -> None:
    routes = {route.resource.canonical for route in create_app(defaults).router.routes() if route.resource}
    api = container("Deployment", "api")
    for probe, path in (("readinessProbe", "/health/ready"), ("livenessProbe", "/health/live")):
        assert api[probe]["httpGet"] == {"path": path, "port": "http"}
        assert path in routes
    (port,) = api["ports"]
    assert port["containerPort"] == defaults.port
    worker = container("Deployment", "worker")
    assert "livenessProbe" not in worker  # an outage of the store must not end what runs
    assert worker["readinessProbe"]["exec"]["command"] == ["python", "-m", "worker_service.ready"]


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "NetworkPolicy", "HorizontalPodAutoscaler"])
def test_what_selects_pods_selects_some(kind: str) -> None:
    labels = {
        name: item["spec"]["template"]["metadata"]["labels"]
        for (of, name), item in objects().items()
        if of in {"Deployment", "StatefulSet"}
    }
    for (of, name), item in objects().items():
        if of == kind == "HorizontalPodAutoscaler":
            assert item["spec"]["scaleTargetRef"]["name"] in labels
            assert "replicas" not in objects()["Deployment", name]["spec"]
        elif of == kind:
            selector = item["spec"].get("selector") or item["spec"]["podSelector"]
            assert selector.get("matchLabels", selector) == labels[name]


def test_pods_have_no_rights() -> None:
    user = int(re.search(r"^USER (\d+)", manifests.DOCKERFILE, re.MULTILINE).group(1))  # type: ignore[union-attr]
    for kind, name in (("Deployment", "api"), ("Deployment", "worker"), ("StatefulSet", "store")):
        spec = pod(kind, name)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == (999 if name == "store" else user)
        assert spec["automountServiceAccountToken"] is False
        inner = container(kind, name)["securityContext"]
        assert (inner["allowPrivilegeEscalation"], inner["readOnlyRootFilesystem"]) == (False, True)
        assert inner["capabilities"] == {"drop": ["ALL"]}
    for name in ("api", "worker"):
        assert COMPOSE["services"][name]["read_only"] is True
        assert COMPOSE["services"][name]["cap_drop"] == ["ALL"]


def test_only_the_proxy_is_published_and_on_this_machine_alone() -> None:
    published = {name for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published == {"proxy"}
    assert COMPOSE["services"]["proxy"]["ports"] == ["${PUBLISH:-127.0.0.1:3000}:3000"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert COMPOSE["services"]["store"]["networks"] == ["inside"]


def test_kustomize_knows_every_file_and_image() -> None:
    kustomization = objects()["Kustomization", ""]
    written = {path.name for path in manifests.KUBERNETES} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == written
    assert {image["name"] for image in kustomization["images"]} == {"dmps-api", "dmps-worker"}


def test_the_api_may_have_as_many_descriptors_as_its_connections_need(defaults: Settings) -> None:
    for limit in (
        COMPOSE["services"]["api"]["ulimits"]["nofile"],
        *(int(manifests.unit(path)["LimitNOFILE"][0]) for path in UNITS),
    ):
        assert limit * 2 // 3 - 256 >= defaults.max_connections


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_what_a_unit_starts_is_what_the_image_starts(path: Path) -> None:
    (started,) = manifests.unit(path)["ExecStart"]
    service = path.name.removeprefix("dmps-").partition(".")[0].removesuffix("@")
    program, *arguments = shlex.split(started)
    last = re.findall(r"^CMD (.*)$", manifests.stage(service), re.MULTILINE)[-1]
    assert [Path(program).name, *arguments] == re.findall(r'"([^"]+)"', last)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_fault_with_a_unit(path: Path, tmp_path: Path) -> None:
    copy, python = tmp_path / path.name, tmp_path / "python"
    python.symlink_to(sys.executable)  # whose own path may have a space in it
    copy.write_text(re.sub(r"(ExecStart=)\S+", rf"\g<1>{python}", path.read_text()))
    found = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert [line for line in found.stderr.splitlines() if path.name in line] == []
    assert (ROOT / "deploy" / "systemd" / path.name).exists()


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="needs haproxy")
def test_haproxy_finds_no_fault_with_its_configuration() -> None:
    command = ["haproxy", "-c", "-f", str(ROOT / "deploy" / "haproxy.cfg")]
    found = subprocess.run(command, env={**os.environ, "API": "localhost"}, capture_output=True, text=True, check=False)
    assert "Configuration file is valid" in found.stdout + found.stderr


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_kustomize_puts_all_together() -> None:
    command = ["kubectl", "kustomize", str(ROOT / "deploy" / "kubernetes")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    kinds = {(item["kind"], item["metadata"]["name"]) for item in yaml.safe_load_all(made)}
    assert kinds == objects().keys() - {("Kustomization", "")}
