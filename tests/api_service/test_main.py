"""`python -m api_service` as a process."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from api_service.server import check_exposure
from shared.settings import read_settings
from tests.api_service.conftest import COMPLEX
from tests.processes import API, ROOT, environment

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def started(**settings: str) -> "subprocess.Popen[str]":
        data_dir = str(tmp_path_factory.mktemp("data"))
        env = environment(**{"REDIS_URL": redis_url, "PORT": "0", "DMPS_DATA_DIR": data_dir, **settings})
        process = subprocess.Popen(API, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def url(process: "subprocess.Popen[str]") -> str:
    """Where it listens, as soon as it says so."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found.group()
    raise AssertionError("The service ended without listening.")


def post(url: str, body: object) -> int:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}/api/jobs", json.dumps(body).encode(), headers)) as response:  # noqa: S310 - our own
        status: int = response.status
        return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_takes_jobs_until_it_is_told_to_stop(start: Start, number: signal.Signals) -> None:
    process = start()
    assert post(url(process), COMPLEX) == 202
    process.send_signal(number)
    assert process.wait(10) == 0


def ready(url: str) -> int:
    try:
        with urlopen(f"{url}/health/ready") as response:  # noqa: S310 - our own
            status: int = response.status
            return status
    except HTTPError as error:
        with error:
            return error.code


def test_a_service_that_lingers_says_so_and_takes_jobs_until_a_second_signal(start: Start) -> None:
    process = start(DMPS_LINGER="300")
    here = url(process)
    assert ready(here) == 200
    process.send_signal(signal.SIGTERM)
    while ready(here) != 503:
        assert process.poll() is None
    assert post(here, COMPLEX) == 202
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == -signal.SIGTERM


def test_a_service_that_has_lingered_ends(start: Start) -> None:
    process = start(DMPS_LINGER="0.2")
    assert ready(url(process)) == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_the_log_is_json_where_json_is_asked_for(start: Start) -> None:
    process = start(DMPS_LOG_FORMAT="json")
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["message"] == "listening"


def test_the_service_starts_while_the_store_is_away(start: Start) -> None:
    assert url(start(REDIS_URL="redis://127.0.0.1:1/0"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORT": "x", "DMPS_MAX_BODY": "0"}, ["PORT", "DMPS_MAX_BODY"]),
        ({"REDIS_URL": "http://localhost"}, ["REDIS_URL"]),
        ({"DMPS_PLUGINS": "acme_missing"}, ["acme_missing"]),
        ({"HOST": "0.0.0.0"}, ["0.0.0.0", "DMPS_PEPPER", "DMPS_ALLOW_ANONYMOUS"]),  # noqa: S104 - it is refused
        ({"HOST": "::"}, ["::", "DMPS_ALLOW_ANONYMOUS"]),
        ({"HOST": "192.0.2.1"}, ["192.0.2.1", "DMPS_ALLOW_ANONYMOUS"]),
        ({"HOST": "store.example"}, ["store.example", "DMPS_ALLOW_ANONYMOUS"]),
    ],
)
def test_settings_that_cannot_be_used_are_named_without_a_traceback(
    start: Start, settings: dict[str, str], named: list[str]
) -> None:
    process = start(**settings)
    _, written = process.communicate(timeout=20)
    assert process.returncode == 78
    assert all(name in written for name in named)
    assert "Traceback" not in written


@pytest.mark.parametrize("settings", [{"DMPS_ALLOW_ANONYMOUS": "1"}, {"DMPS_PEPPER": "0123456789abcdef" * 2}])
def test_other_addresses_are_served_with_keys_or_on_purpose(start: Start, settings: dict[str, str]) -> None:
    process = start(HOST="0.0.0.0", **settings)  # noqa: S104 - on purpose
    assert process.stderr is not None
    assert any("http://0.0.0.0:" in line for line in process.stderr)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_this_machine_is_served_without_keys(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HOST", host)
    check_exposure(read_settings())


def test_arguments_that_are_none_are_refused(start: Start) -> None:
    done = subprocess.run([*API, "serve"], env=environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (64, "Usage: python -m api_service [keys create|list|rotate|revoke]\n")


def test_a_taken_port_gets_one_clear_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(PORT=str(port))
        _, written = process.communicate(timeout=20)
    assert process.returncode == 78
    (line,) = [line for line in written.splitlines() if str(port) in line]
    assert line == f"Cannot listen on 127.0.0.1:{port}: Address already in use. Set HOST and PORT to others."
    assert "Traceback" not in written


def test_the_service_imports_nothing_of_the_worker() -> None:
    code = "import sys, api_service.__main__; print([m for m in sys.modules if m.split('.')[0] == 'worker_service'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
