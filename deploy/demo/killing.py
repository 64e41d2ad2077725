"""Which worker the demonstration may kill: one that `make dev` runs on this machine, and would start again."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable
from pathlib import Path

from dmps import Job, Worker

RUNNER = "deploy.dev"  # as it stands in the command line of `make dev`


def may_kill(worker: Worker, host: str | None = None) -> bool:
    """Whether that is a process of ours, under a `make dev`: never one that is deployed."""
    if worker.host != (host or socket.gethostname()):
        return False
    parent = _parent(worker.pid)
    return parent is not None and RUNNER in _command(parent)


def victim(workers: Iterable[Worker], jobs: Iterable[Job]) -> tuple[Worker, frozenset[str]] | None:
    """The worker that runs most of those jobs, and their ids; None as long as none runs any."""
    held: dict[str, set[str]] = {}
    for job in jobs:
        if job.status == "processing" and job.attempts:
            held.setdefault(job.attempts[-1].worker, set()).add(job.id)
    running = [(worker, frozenset(held[worker.id])) for worker in workers if worker.id in held]
    return max(running, key=lambda pair: len(pair[1]), default=None)


def kill(worker: Worker) -> None:
    """End it as a crash would. Raises `OSError`."""
    os.kill(worker.pid, signal.SIGKILL)


def _parent(pid: int) -> int | None:
    """The process that started that one; None if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])  # proc(5)
    except OSError:
        told = _asked_of_ps("ppid=", pid)
        return int(told) if told.isdecimal() else None


def _command(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return _asked_of_ps("command=", pid)


def _asked_of_ps(column: str, pid: int) -> str:
    """What ps(1) tells of a process where there is no /proc; nothing of one that is gone."""
    command = ["ps", "-ww", "-o", column, "-p", str(pid)]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - ps
    except OSError:
        return ""
