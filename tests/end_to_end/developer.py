"""A developer at a terminal: a fresh copy of the project, `make dev` in it, HTTP, and signals."""

import json
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # seconds, on a busy machine
SETTINGS = {"HOST", "PORT", "REDIS_URL", "WORKERS", "PYTHONPATH"}
OF_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS", "PYTHON", "VENV"}  # as the make that runs the tests has them


def fresh_copy(parent: Path) -> Path:
    """The project as a clone has it, in a path with a space, with this Python's venv in place of a new one."""
    copy = parent / "a fresh clone"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info"))
    (copy / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return copy


def clean_environment(**settings: str) -> dict[str, str]:
    """This environment without what a developer may have set, and with `settings`."""
    dropped = {name for name in os.environ if name in SETTINGS | OF_MAKE or name.startswith("DMPS_")}
    return {**{name: value for name, value in os.environ.items() if name not in dropped}, **settings}


class Terminal:
    """A command that runs, and what it has printed."""

    def __init__(self, command: list[str], directory: Path, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._unread: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line from here on that has the pattern in it."""
        end = time.monotonic() + PATIENCE
        with suppress(Empty):
            while line := self._next(end - time.monotonic()):
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"{pattern!r} was never printed:\n" + "".join(self.lines))

    def finish(self) -> int:
        """The exit status. Whatever is still printed is in `lines`."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while self._next(PATIENCE):
            pass
        return status

    def press_ctrl_c(self) -> None:
        """What a terminal does: the signal goes to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def _next(self, patience: float) -> str:
        """The next line, or nothing after the last. Raises `Empty`."""
        line = self._unread.get(timeout=max(0, patience))
        if line:
            self.lines.append(line)
        else:
            self._unread.put("")  # for whoever asks again
        return line

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._unread.put(line)
        self._unread.put("")


@contextmanager
def make_dev(directory: Path, **settings: str) -> Iterator[Terminal]:
    """`make dev`, installed as it is; on a port of its own unless `settings` say otherwise. Leaves nothing behind."""
    environment = clean_environment(**{"PORT": "0", "WORKERS": "2", **settings})
    terminal = Terminal(["make", "-o", "install", "dev"], directory, environment)
    try:
        yield terminal
    finally:
        with suppress(ProcessLookupError):
            os.killpg(terminal.process.pid, signal.SIGTERM)
        try:
            terminal.finish()
        except subprocess.TimeoutExpired:
            os.killpg(terminal.process.pid, signal.SIGKILL)
            raise


def url_of(terminal: Terminal) -> str:
    """Where the API is, once all is ready."""
    terminal.wait_for("Ready: the API and")
    return terminal.wait_for(r"API +(http://\S+)")[1]


def run_curl(command: str) -> dict[str, Any]:
    """Do what that command line says, for machines without curl."""
    _, _, url, _, header, _, body = shlex.split(command)
    return http(url, body.encode(), dict([header.split(": ", 1)]))


def http(url: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> dict[str, Any]:
    """The JSON that an URL answers."""
    request = urllib.request.Request(url, body, dict(headers))  # noqa: S310 - our own API
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 - same
        answer: dict[str, Any] = json.load(response)
        return answer


def finished(url: str) -> dict[str, Any]:
    """The job, as soon as it is finished."""
    end = time.monotonic() + PATIENCE
    while (job := http(url))["status"] not in {"completed", "failed", "cancelled"}:
        assert time.monotonic() < end, job
    return job


def descendants(pid: int) -> list[int]:
    """All processes that a process has started, and theirs (proc(5))."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, unseen = [], [pid]
    while unseen:
        found += (young := children.get(unseen.pop(), []))
        unseen += young
    return found


def watch(pids: list[int]) -> dict[int, int]:
    """Handles on processes that stay theirs when they have ended: process id by handle."""
    handles = {}
    for pid in pids:
        with suppress(ProcessLookupError):
            handles[os.pidfd_open(pid)] = pid
    return handles


def assert_all_ended(handles: dict[int, int]) -> None:
    """Wait for the end of those processes."""
    for handle, pid in handles.items():
        ended, _, _ = select.select([handle], [], [], PATIENCE)
        os.close(handle)
        assert ended, f"process {pid} lives on"
