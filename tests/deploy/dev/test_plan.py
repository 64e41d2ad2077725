"""The plan: every mistake is named before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from deploy.dev.plan import base_url, check_port, read_plan, without_password
from shared.errors import Misconfigured


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DMPS_")]:
        monkeypatch.delenv(name)
    for name in ("HOST", "PORT", "REDIS_URL", "REDIS_URL_FILE", "WORKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", "0")


def test_without_any_setting_there_is_an_embedded_store_and_a_worker_a_core() -> None:
    plan = read_plan()
    assert plan.host == "127.0.0.1"
    assert plan.redis_url is None
    assert 1 <= plan.workers <= (os.cpu_count() or 1)
    assert plan.store_dir == Path(".dmps").absolute() / "store"


def test_a_redis_url_replaces_the_embedded_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://example:6379/3")
    assert read_plan().redis_url == "redis://example:6379/3"
    monkeypatch.delenv("REDIS_URL")
    (tmp_path / "url").write_text("redis://from-a-file")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "url"))
    assert read_plan().redis_url == "redis://from-a-file"


def test_the_services_are_told_what_was_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMPS_DRAIN", "3")
    plan = read_plan()
    told = plan.environment("unix:///a/socket")
    assert told["REDIS_URL"] == "unix:///a/socket"
    assert told["PORT"] == str(plan.port) != "0"
    assert Path(told["DMPS_DATA_DIR"]).is_absolute()
    assert told["DMPS_DRAIN"] == "3"
    assert plan.patience > 3


@pytest.mark.parametrize("workers", ["0", "-1", "many", "1.5", "1001", "", "²"])
def test_a_wrong_number_of_workers_is_refused(monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    monkeypatch.setenv("WORKERS", workers)
    with pytest.raises(Misconfigured, match=r"WORKERS is .*from 1 to 1000"):
        read_plan()


def test_all_mistakes_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERS", "none")
    monkeypatch.setenv("PORT", "a door")
    monkeypatch.setenv("REDIS_URL", "http://example")
    with pytest.raises(Misconfigured, match=r"(?s)PORT.*REDIS_URL.*WORKERS|REDIS_URL.*PORT.*WORKERS"):
        read_plan()


def test_a_taken_port_is_refused_in_one_line_that_offers_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"Port {port} on 127.0.0.1 is taken.*make dev PORT=") as caught:
            check_port("127.0.0.1", port)
    assert "\n" not in str(caught.value)


def test_a_port_that_was_just_left_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            pass
    assert check_port("127.0.0.1", port) == port


def test_port_0_is_any_free_port() -> None:
    assert check_port("127.0.0.1", 0) > 1023


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
def test_a_host_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(Misconfigured, match=f"Cannot listen on {host}, port 3000: .*Check HOST and PORT"):
        check_port(host, 3000)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),  # noqa: S104 - a setting
        ("", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("::1", "http://[::1]:1"),
        ("example.com", "http://example.com:1"),
    ],
)
def test_the_url_of_the_api_is_one_that_can_be_opened(host: str, url: str) -> None:
    assert base_url(host, 1) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://user:secret@host:1/0", "redis://user:***@host:1/0"),
        ("redis://:s@cret@host", "redis://:***@host"),
        ("redis://host:1", "redis://host:1"),
        ("unix:///a%20b/valkey.sock", "unix:///a%20b/valkey.sock"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
