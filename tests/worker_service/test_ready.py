"""The health check of a worker's container."""

import signal
import socket
import subprocess
import sys

import pytest

from shared.store import Store
from tests.processes import ROOT, Fleet, environment
from tests.waiting import until
from worker_service import ready


def check(redis_url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "worker_service.ready"]
    told = environment(REDIS_URL=redis_url)
    return subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, check=False)


async def test_it_is_ready_once_the_store_has_heard_of_it_and_until_it_drains(
    processes: Fleet, redis_url: str, store: Store
) -> None:
    none = check(redis_url)
    assert (none.returncode, none.stderr) == (
        1,
        f"No worker on {socket.gethostname()} was heard of within ten seconds.\n",
    )
    worker = processes.start()
    await until(store.workers, "the worker")
    assert (check(redis_url).returncode, check(redis_url).stderr) == (0, "")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait() is not None
    assert check(redis_url).returncode == 1


def test_without_a_store_it_says_so() -> None:
    with socket.socket() as bound:  # bound, so that nobody listens there
        bound.bind(("127.0.0.1", 0))
        found = check(f"redis://127.0.0.1:{bound.getsockname()[1]}")
    assert (found.returncode, found.stderr) == (1, "The store does not answer.\n")


def test_wrong_settings_are_told_apart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REDIS_URL", "http://nowhere")
    assert ready.main() == 78
    assert "REDIS_URL" in capsys.readouterr().err
