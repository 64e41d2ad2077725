"""The Makefile: it explains itself, its targets are documented, and a machine that lacks something is told what."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.developer import clean_environment

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, re.MULTILINE)

TOO_OLD = "exit 1"
WITHOUT_VENV = f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'


def make(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", *arguments]
    return subprocess.run(command, cwd=directory, env=clean_environment(), capture_output=True, text=True, check=False)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A checkout in which nothing was installed yet."""
    directory = tmp_path / "with a space"
    directory.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, directory)
    return directory


def test_every_target_is_phony_and_has_a_text() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE.replace("\\\n", ""), re.MULTILINE)
    assert sorted(phony.split()) == sorted(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_stands_in_the_documentation(target: str) -> None:
    assert f"`make {target}`" in (ROOT / "CONTRIBUTING.md").read_text()


def test_the_documentation_knows_no_other_targets() -> None:
    named = set()
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        if page.exists():
            text = page.read_text()
            blocks = "\n".join(re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL))
            named |= {*re.findall(r"`make ([a-z][a-z-]*)", text), *re.findall(r"^make ([a-z-]+)", blocks, re.MULTILINE)}
    assert named <= set(TARGETS)


def test_bare_make_lists_the_targets(fresh: Path) -> None:
    done = make(fresh)
    assert [line.split()[1] for line in done.stdout.splitlines()] == TARGETS


@pytest.mark.parametrize(
    ("python", "told"),
    [(TOO_OLD, "dmps needs Python 3.11 or newer"), (WITHOUT_VENV, "apt install python3-venv")],
)
def test_an_unfit_python_is_told_in_one_line(fresh: Path, python: str, told: str) -> None:
    script = fresh / "python"
    script.write_text(f"#!/bin/sh\n{python}\n")
    script.chmod(0o755)
    done = make(fresh, "install", f"PYTHON={script}")
    first, *rest = done.stderr.splitlines()
    assert told in first
    assert all(line.startswith("make: ***") for line in rest)
    assert done.returncode != 0
    assert not (fresh / ".venv").exists()


def test_an_installed_environment_is_left_alone_until_the_lock_changes(fresh: Path) -> None:
    (fresh / ".venv" / "bin").mkdir(parents=True)
    (fresh / ".venv" / "bin" / "python").touch()
    (fresh / ".venv" / ".installed").touch()
    assert "Nothing to be done" in make(fresh, "install").stdout
    os.utime(fresh / "requirements.lock", (4_000_000_000, 4_000_000_000))
    assert "--require-hashes -r requirements.lock" in make(fresh, "--dry-run", "install").stdout


def test_cleaning_leaves_the_jobs_alone(fresh: Path) -> None:
    for name in (".venv", ".venv-3.12", ".dmps", "shared/__pycache__"):
        (fresh / name).mkdir(parents=True)
    assert make(fresh, "clean").returncode == 0
    assert {path.name for path in fresh.iterdir() if path.is_dir()} == {".dmps", "shared"}
    assert not list((fresh / "shared").iterdir())


def test_what_the_integration_runs_is_make_check() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "make --no-print-directory check"


def test_a_python_is_found_by_its_version() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = {**os.environ, "PATH": f"{sys.base_prefix}/bin:{os.environ['PATH']}"}
    find = ["sh", str(ROOT / "deploy" / "find-python")]
    found = subprocess.run([*find, version], env=environment, capture_output=True, text=True, check=False)
    assert found.stdout == f"{sys.base_prefix}/bin/python{version}\n"
    assert subprocess.run([*find, "2.0"], env=environment, capture_output=True, check=False).returncode == 1
