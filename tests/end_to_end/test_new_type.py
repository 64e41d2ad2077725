"""`make new-type`, as a newcomer types it in a fresh clone; and the job type of the README, as pasted there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.developer import clean_environment, fresh_copy
from tests.processes import ROOT

WRITTEN = (
    "shared/job_types/line_count.py",
    "worker_service/processors/line_count.py",
    "tests/worker_service/processors/test_line_count.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_copy(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def made(copy: Path) -> "subprocess.CompletedProcess[str]":
    return new_type(copy, "name=line-count")


def new_type(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(copy, "make", "-o", "install", "new-type", *arguments)


def run(copy: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=copy, env=clean_environment(), capture_output=True, text=True, check=False)


def python(copy: Path, *arguments: str) -> str:
    done = run(copy, sys.executable, "-m", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_test_that_it_writes_passes(copy: Path, made: "subprocess.CompletedProcess[str]") -> None:
    assert made.returncode == 0, made.stderr
    assert [line.split()[0] for line in made.stdout.splitlines()[1:4]] == list(WRITTEN)
    assert "5 passed" in python(copy, "pytest", "-p", "no:cacheprovider", "-n", "0", "-v", WRITTEN[-1])


def test_both_services_find_what_it_writes(copy: Path, made: "subprocess.CompletedProcess[str]") -> None:
    program = "from worker_service.catalogue import processors; print('line-count' in processors(()))"
    assert run(copy, sys.executable, "-c", program).stdout == "True\n"


def test_what_it_writes_is_as_ours(copy: Path, made: "subprocess.CompletedProcess[str]") -> None:
    python(copy, "ruff", "check", *WRITTEN)
    python(copy, "ruff", "format", "--check", *WRITTEN)


def test_mypy_finds_nothing_in_it(copy: Path, made: "subprocess.CompletedProcess[str]") -> None:
    python(copy, "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *WRITTEN)  # which `make check` has just filled


def test_it_overwrites_nothing_and_says_what_to_do(copy: Path, made: "subprocess.CompletedProcess[str]") -> None:
    before = {name: (copy / name).read_bytes() for name in WRITTEN}
    for arguments, advice in {
        (): "Say what it is called: make new-type name=word-count",
        ("name=line-count",): "There is a job type 'line-count' already",
        ("name=rhythm",): "worker_service/processors/rhythm.py is there already",
    }.items():
        refused = new_type(copy, *arguments)
        assert refused.returncode != 0
        assert advice in refused.stderr
        assert "Traceback" not in refused.stderr
    assert {name: (copy / name).read_bytes() for name in WRITTEN} == before
    assert not (copy / "shared/job_types/rhythm.py").exists()


def test_the_job_type_of_the_readme_is_as_ours_when_pasted(copy: Path) -> None:
    _, contract, work = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    pasted = {"shared/job_types/word_count.py": contract, "worker_service/processors/word_count.py": work}
    for name, text in pasted.items():
        (copy / name).write_text(text)
    python(copy, "ruff", "check", *pasted)
    python(copy, "ruff", "format", "--check", *pasted)
