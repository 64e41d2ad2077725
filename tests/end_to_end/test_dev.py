"""`make dev`, from a fresh copy in a path with a space, with both services as the processes they are."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.end_to_end.developer import (
    Terminal,
    assert_all_ended,
    clean_environment,
    descendants,
    finished,
    fresh_copy,
    http,
    make_dev,
    run_curl,
    url_of,
    watch,
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_copy(tmp_path_factory.mktemp("dev"))


@pytest.fixture
def data_dir(tmp_path: Path) -> str:
    return str(tmp_path / "some data")


def runner_of(terminal: Terminal) -> int:
    (runner, *_) = descendants(terminal.process.pid)
    return runner


def test_the_job_that_make_dev_suggests_runs_and_outlives_ctrl_c(clone: Path) -> None:
    with make_dev(clone) as terminal:
        url = url_of(terminal)
        started = watch(descendants(terminal.process.pid))
        submitted = run_curl(terminal.wait_for("^curl .*")[0])
        assert submitted["message"] == "Job submitted successfully"
        assert submitted["status"] == "pending"
        path = f"/api/jobs/{submitted['jobId']}"
        job = finished(url + path)
        assert job["status"] == "completed"
        assert job["result"] == {"sum": 15, "product": 120, "average": 3, "min": 1, "max": 5}
        terminal.press_ctrl_c()
        terminal.wait_for("stopping")
        terminal.finish()
        assert_all_ended(started)
    assert (clone / ".dmps" / "store").is_dir()
    with make_dev(clone) as terminal:
        assert http(url_of(terminal) + path) == job
        os.kill(runner_of(terminal), signal.SIGTERM)
        assert terminal.finish() == 0
    assert not [line for line in terminal.lines if "Traceback" in line]


def test_services_that_die_are_started_again(clone: Path, data_dir: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir) as terminal:
        url = url_of(terminal)
        worker = http(f"{url}/health/ready")["workers"][0]["pid"]
        os.kill(worker, signal.SIGKILL)
        terminal.wait_for(r"worker-\d was ended by SIGKILL; it is started again in 0\.5 s")
        server = int((Path(data_dir) / "store" / "valkey.pid").read_text())
        os.kill(server, signal.SIGKILL)
        terminal.wait_for(r"store was ended by SIGKILL; it is started again in 0\.5 s")
        while len({one["pid"] for one in ready_workers(url)} - {worker}) < 2:
            pass
        assert terminal.process.poll() is None


def ready_workers(url: str) -> list[dict[str, int]]:
    try:
        workers: list[dict[str, int]] = http(f"{url}/health/ready")["workers"]
    except OSError:  # 503 while the store is away
        return []
    return workers


def test_a_taken_port_is_told_in_one_line_before_anything_starts(clone: Path, data_dir: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with make_dev(clone, PORT=str(port), DMPS_DATA_DIR=data_dir) as terminal:
            assert terminal.finish() != 0
    said, *rest = terminal.lines
    assert re.match(rf"Port {port} on 127\.0\.0\.1 is taken by another program\. .*make dev PORT=\d+\n", said)
    assert all(line.startswith("make: ***") for line in rest)
    assert not Path(data_dir).exists()


def test_a_second_make_dev_on_the_same_data_is_told_in_one_line(clone: Path, data_dir: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir, WORKERS="1") as first:
        url = url_of(first)
        with make_dev(clone, DMPS_DATA_DIR=data_dir) as second:
            assert second.finish() != 0
        (line,) = [line for line in second.lines if "Another process runs the store" in line]
        assert "DMPS_DATA_DIR" in line
        assert http(f"{url}/health/ready")["status"] == "ready"


def test_nothing_is_left_of_a_runner_that_is_killed(clone: Path, data_dir: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir) as terminal:
        url_of(terminal)
        runner = runner_of(terminal)
        started = watch(descendants(runner))
        assert len(started) >= 4  # the store, the API, two workers
        os.kill(runner, signal.SIGKILL)
        assert_all_ended(started)


def test_with_a_redis_url_no_store_is_started(clone: Path, data_dir: str, redis_url: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir, REDIS_URL=redis_url, WORKERS="1") as terminal:
        url = url_of(terminal)
        assert http(f"{url}/health/ready")["status"] == "ready"
        assert not (Path(data_dir) / "store").exists()
        terminal.press_ctrl_c()
        terminal.finish()


def test_make_demo_kills_a_worker_and_shows_that_its_jobs_are_saved(clone: Path, data_dir: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir) as terminal:
        port = url_of(terminal).rpartition(":")[2]
        demo = Terminal(["make", "-o", "install", "demo"], clone, clean_environment(PORT=port))
        assert demo.finish() == 0, demo.lines
        terminal.wait_for(r"worker-\d was ended by SIGKILL; it is started again in 0\.5 s")
    held = [line for line in demo.lines if line.startswith("   ok: ")]
    assert len(held) == 5
    for job_type in ("calculation", "data-enrichment", "file-processing"):
        assert any(line.startswith(f"   {job_type}: completed (") for line in demo.lines)
    assert any(re.match(r"   table \d: completed \(.*worker \d lost\)", line) for line in demo.lines)


def test_a_second_ctrl_c_ends_even_what_does_not_listen(clone: Path, data_dir: str) -> None:
    with make_dev(clone, DMPS_DATA_DIR=data_dir) as terminal:
        url = url_of(terminal)
        started = watch(descendants(terminal.process.pid))
        worker = http(f"{url}/health/ready")["workers"][0]["pid"]
        os.kill(worker, signal.SIGSTOP)
        terminal.press_ctrl_c()
        terminal.wait_for(r"waiting for worker-\d to finish; Ctrl-C again ends at once")
        terminal.press_ctrl_c()
        terminal.wait_for(r"killing worker-\d")
        assert_all_ended(started)
