"""The images: what is in them is pinned, what they run exists, and who runs it has no rights."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec

import pytest

from deploy import requirements
from tests.deploy.manifests import DOCKERFILE, SETTINGS, image_environment, stage
from tests.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()
OF_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def asked(*extras: str) -> set[str]:
    """What the script prints, as the Dockerfile runs it: with no library but the standard one."""
    command = [sys.executable, "-I", "-S", str(ROOT / "deploy" / "requirements.py"), *extras]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


def test_the_images_need_what_their_extras_need() -> None:
    table = PROJECT["project"]["optional-dependencies"]
    of_all = set(PROJECT["project"]["dependencies"])
    assert asked("api") == of_all | set(table["api"])
    families = {
        needed for family in ("calculation", "documents", "enrichment", "images", "tables") for needed in table[family]
    }
    assert asked("worker", "processors") == of_all | set(table["worker"]) | families


def test_an_extra_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        list(requirements.direct(PROJECT["project"], ["apis"]))


def test_all_that_they_need_is_pinned_with_its_hashes() -> None:
    pinned = dict(re.findall(r"^([a-z0-9-]+)==\S+.*((?:\n    --hash=.*)+)", LOCK, re.MULTILINE))
    for requirement in asked("api", "worker", "processors") | {"hatchling"}:
        assert pinned[re.split(r"[<>=\[ ]", requirement)[0]].count("--hash=sha256:") > 0
    installs = re.findall(r"\binstall .*", DOCKERFILE.replace("\\\n", ""))
    assert len(installs) > 3
    for install in installs:
        assert (
            "--require-hashes" in install
            or "--no-deps --no-index /wheel/" in install
            or install.startswith("install -d")
        )


def test_the_build_is_given_what_it_copies_and_nothing_private() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert rules[1] == "*"
    copied = set(" ".join(re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE)).split()) - {"."}
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    of_the_wheel = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert copied | packages | of_the_wheel <= let_in
    assert all((ROOT / name).exists() for name in let_in)


@pytest.mark.parametrize("name", ["api", "worker"])
def test_what_an_image_runs_exists(name: str) -> None:
    commands = [json.loads(found) for found in re.findall(r"CMD (\[.*\])", stage(name))]
    assert len(commands) == 2  # whether it is well, and what it does
    for program, *arguments in commands:
        module = arguments[1] if program == "python" else program
        assert find_spec(module) is not None
        assert program in {"python", "arq"}


def test_who_runs_them_has_no_rights() -> None:
    (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert min(map(int, user)) >= 10_000  # of nobody on the host
    assert "USER" not in stage("api") + stage("worker")


def test_an_image_sets_nothing_that_is_no_setting() -> None:
    assert set(image_environment()) - OF_PYTHON <= SETTINGS
