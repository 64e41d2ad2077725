"""How the command ends when it is interrupted, when nothing answers, and when it may not."""

import json
import os
import pty
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dmps import Client
from shared.embedded import EmbeddedStore
from tests.api_service.keyed import PEPPER
from tests.dmps.cli.conftest import Dmps, run
from tests.dmps.conftest import DMPS, SLOW, Service, free_port, steps, wait_until_answering
from tests.processes import API, ROOT, environment, fleet


def test_ctrl_c_ends_the_waiting_and_not_the_job(service: Service, client: Client) -> None:
    job_id = client.submit("scripted", SLOW).job_id
    waiting = subprocess.Popen(
        [*DMPS, "watch", job_id],
        env=environment(DMPS_URL=service.url),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert waiting.stdout is not None
    assert b"pending" in waiting.stdout.readline()
    waiting.send_signal(signal.SIGINT)
    _, errors = waiting.communicate(timeout=20)
    assert waiting.returncode == 130
    assert b"Traceback" not in errors
    assert client.get(job_id).status == "processing"
    client.cancel(job_id)


def test_a_reader_that_has_seen_enough_ends_it_quietly(service: Service) -> None:
    command = f"{shlex.join(DMPS)} types show calculation | head -1"
    ended = subprocess.run(
        ["sh", "-c", command], env=environment(DMPS_URL=service.url), cwd=ROOT, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"{\n", b"")


def test_an_api_that_does_not_answer_is_said_so_with_what_to_do() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ran = run("--tries", "1", "ls", DMPS_URL=url)
    assert ran.status == 5
    assert ran.err.startswith(f"No API answers at {url}: ")
    assert "`make dev` starts one" in ran.err
    doctor = run("--tries", "1", "doctor", "--json", DMPS_URL=url)
    assert doctor.status == 5
    (check,) = doctor.json["checks"]
    assert (check["name"], check["status"]) == ("api", "failed")


def test_something_else_that_answers_is_not_taken_for_the_api(service: Service) -> None:
    port = service.store.url.rsplit(":", 1)[1].split("/")[0]
    ran = run("--tries", "1", "ls", DMPS_URL=f"http://127.0.0.1:{port}")
    assert ran.status == 5


def on_a_terminal(*arguments: str, seeing: Callable[[bytes], object] = len, **settings: str) -> tuple[int, str]:
    """The status, and all that somebody would see; `seeing` is called with what there is of it, again and again."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*DMPS, *arguments],
        env={**environment(**settings), "TERM": "xterm-256color", "COLUMNS": "100"},
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
            seeing(seen)
    except OSError:  # it has ended: Linux says EIO
        pass
    os.close(ours)
    return process.wait(timeout=20), seen.decode()


def test_a_terminal_shows_colours_and_a_bar(service: Service, client: Client, tmp_path: Path) -> None:
    may_end = tmp_path / "may end"
    job_id = client.submit("scripted", steps({"do": "swallow", "until": str(may_end), "percent": 50})).job_id

    def seeing(seen: bytes) -> None:
        if b"on the way" in seen:
            may_end.touch()

    status, seen = on_a_terminal("wait", job_id, seeing=seeing, DMPS_URL=service.url)
    assert status == 0
    assert "\x1b[32mcompleted" in seen
    assert "50%" in seen


def test_no_color_is_heeded(service: Service, client: Client) -> None:
    job_id = client.run("noop", {"attempts": []}).id
    _, seen = on_a_terminal("status", job_id, DMPS_URL=service.url, NO_COLOR="1")
    assert job_id in seen
    assert "\x1b[32m" not in seen


@dataclass(frozen=True)
class Locked:
    """An API with keys in force, and how the command is told of it."""

    url: str
    settings: dict[str, str]

    def run(self, *arguments: str, key: str = "") -> Any:
        """Run the command with a key."""
        return run(*arguments, DMPS_URL=self.url, DMPS_API_KEY=key, **self.settings)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Locked]:
    port = free_port()
    with ExitStack() as running:
        started = running.enter_context(fleet(tmp_path_factory.mktemp("locked"), service.store.url))
        started.start(API, PORT=str(port), DMPS_PEPPER=PEPPER)
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(url)
        yield Locked(url, {"DMPS_PEPPER": PEPPER, "REDIS_URL": service.store.url})


def test_keys_are_made_and_shown(locked: Locked) -> None:
    made = locked.run("keys", "create", "--tenant", "acme", "--role", "viewer")
    key = made.out.strip()
    assert key.startswith("dmps_")
    assert locked.run("ls", key=key).out == "No such jobs.\n"
    assert key not in locked.run("ls", "--json", key=key).out
    (listed,) = json.loads(locked.run("keys", "list", "--json").out)
    assert locked.run("keys", "revoke", listed["id"]).status == 0
    assert locked.run("keys", "revoke", "0123456789abcdef").status == 3
    assert "create" in locked.run("keys").out


def test_a_key_that_is_none_is_refused_with_what_to_do(locked: Locked) -> None:
    for key in ("", "dmps_nonsense"):
        ran = locked.run("ls", key=key)
        assert ran.status == 6
        assert "Set DMPS_API_KEY" in ran.err
        assert "nonsense" not in ran.err


def test_a_role_that_does_not_suffice_is_named(locked: Locked) -> None:
    key = locked.run("keys", "create", "--tenant", "acme", "--role", "viewer").out.strip()
    ran = locked.run("doctor", key=key)
    assert ran.status == 6
    assert "admin" in ran.err


def test_the_doctor_says_so_where_keys_cannot_be_looked_up(tmp_path: Path) -> None:
    port, nowhere = free_port(), free_port()
    with fleet(tmp_path, f"redis://127.0.0.1:{nowhere}") as started:
        started.start(API, PORT=str(port), DMPS_PEPPER=PEPPER)
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(url)
        key = f"dmps_0123456789abcdef_{'x' * 43}"
        ran = run("--tries", "1", "doctor", DMPS_URL=url, DMPS_API_KEY=key)
    assert ran.status == 5
    assert "See whether the store of the API" in ran.out


def test_a_key_that_no_header_can_carry_is_said_to_be_none(locked: Locked) -> None:
    ran = locked.run("ls", key="dmps key")
    assert ran.status == 2
    assert "characters that no key has" in ran.err


def test_the_doctor_finds_what_is_not_well(dmps: Dmps) -> None:
    ran = dmps("doctor")
    assert ran.status == 1
    assert "persistence" in ran.out
    assert "-> Set appendonly yes" in ran.out
    assert "1 failed" in ran.out
    found = dmps("doctor", "--json").json
    checks = {check["name"]: check for check in found["checks"]}
    assert (found["status"], checks["persistence"]["status"]) == ("failed", "failed")
    assert checks["clocks"]["detail"].startswith("2 within")  # the API's and the worker's
    assert {name for name, check in checks.items() if check["status"] == "ok"} >= {
        "api",
        "store",
        "store version",
        "clocks",
        "workers",
        "job types",
        "releases",
    }


def test_the_doctor_is_content_with_a_durable_store(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "durable", port=0) as store, fleet(tmp_path, store.url) as started:
        port = free_port()
        started.start(API, PORT=str(port))
        started.start()
        url = f"http://127.0.0.1:{port}"
        wait_until_answering(url, workers=1)
        ran = run("doctor", "--json", DMPS_URL=url)
        persistence = next(check for check in ran.json["checks"] if check["name"] == "persistence")
        assert persistence["status"] == "ok"
        assert ran.status == (1 if ran.json["status"] == "failed" else 0)
        store.kill()
        away = run("--tries", "1", "doctor", DMPS_URL=url)
        assert away.status == 1
        assert "have REDIS_URL say where it is" in away.out
