"""Which worker the demonstration may kill: one that `make dev` runs on this machine, and would start again."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable

from dmps import Job, Worker

RUNNER = "deploy.dev"  # as it stands in the command line of `make dev`


def may_kill(worker: Worker, host: str | None = None) -> bool:
    """Whether that is a process of ours, under a `make dev`: never one that is deployed."""
    if worker.host != (host or socket.gethostname()):
        return False
    parent = _asked_of_ps("ppid=", worker.pid)
    return parent.isdecimal() and RUNNER in _asked_of_ps("command=", int(parent))


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


def _asked_of_ps(column: str, pid: int) -> str:
    """What ps(1) tells of a process; nothing of one that is gone, or where there is no ps."""
    try:
        done = subprocess.run(["ps", "-ww", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError:
        return ""
    return done.stdout.strip()
