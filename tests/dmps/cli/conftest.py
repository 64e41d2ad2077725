"""The command as a process, against services that really run."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.dmps.conftest import DMPS, Service
from tests.processes import ROOT, environment


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, which must be one line of JSON."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def lines(self) -> list[Any]:
        """Its output, which must be lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Dmps = Callable[..., Ran]


def run(*arguments: str, given: str = "", **settings: str) -> Ran:
    """Run the command with these settings, and no others of ours."""
    ended = subprocess.run(
        [*DMPS, *arguments],
        input=given.encode(),
        capture_output=True,
        env=environment(**settings),
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in ended.stderr, ended.stderr.decode()
    return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@pytest.fixture
def dmps(service: Service) -> Dmps:
    """Runs the command."""

    def ran(*arguments: str, given: str = "", **settings: str) -> Ran:
        return run(*arguments, given=given, **{"DMPS_URL": service.url, **settings})

    return ran
