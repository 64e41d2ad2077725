"""Whom the demonstration may kill: nobody who is deployed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from deploy.demo.killing import may_kill, victim
from dmps import Worker
from tests.deploy.demo.test_rows import job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAITS = "import sys; sys.stdin.read()"
STARTS = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {WAITS!r}])
print(child.pid, flush=True)
child.wait()
"""


def worker(id: str, pid: int, host: str | None = None) -> Worker:
    return Worker(id=id, host=host or socket.gethostname(), pid=pid, slots=1, running=0, started_at=NOW)


@pytest.fixture
def child_of_make_dev() -> Iterator[int]:
    """A process whose parent looks like `make dev`."""
    command = [sys.executable, "-c", STARTS, "deploy.dev"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        yield int(parent.stdout.readline())
        assert parent.stdin is not None
        parent.stdin.close()


def test_only_a_worker_of_make_dev_on_this_machine_may_be_killed(child_of_make_dev: int) -> None:
    assert may_kill(worker("a", child_of_make_dev))
    assert not may_kill(worker("a", child_of_make_dev, host="elsewhere"))
    assert not may_kill(worker("a", os.getpid()))
    assert not may_kill(worker("a", 2**22 + 1))  # no such process (proc(5), pid_max)


def test_the_victim_is_the_one_that_runs_most() -> None:
    running = [job("processing", ("a", None), id="1"), job("processing", ("b", None), id="2")]
    running += [
        job("processing", ("b", None), id="3"),
        job("completed", ("a", "completed"), id="4"),
        job("pending", id="5"),
    ]
    workers = [worker("a", 1), worker("b", 2), worker("c", 3)]
    chosen = victim(workers, running)
    assert chosen is not None
    assert (chosen[0].id, chosen[1]) == ("b", frozenset({"2", "3"}))
    assert victim(workers, [job("pending")]) is None
    assert victim([worker("c", 3)], running) is None  # it has been replaced since
