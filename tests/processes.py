"""Our services as real processes, and what tests do to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
WORKER = (sys.executable, "-m", "arq", "worker_service.WorkerSettings")
# Warnings are errors, but for arq's own use of a name that redis-py has deprecated.
WARNINGS = "error,ignore::DeprecationWarning:arq.worker"
API = (sys.executable, "-m", "api_service")


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of ours, and those."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DMPS_")}
    for name in ("PORT", "HOST", "REDIS_URL"):
        clean.pop(name, None)
    return {**clean, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": WARNINGS, **settings}


class Fleet:
    """Processes that are gone when the test is over; what they wrote is shown when it fails."""

    def __init__(self, log_dir: Path, settings: Mapping[str, str]) -> None:
        self._log_dir = log_dir
        self._settings = settings
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: tuple[str, ...] = WORKER, **settings: str) -> subprocess.Popen[bytes]:
        """Start one."""
        log = self._log_dir / f"{len(self.processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment(**{**self._settings, **settings}), cwd=ROOT, stdout=output, stderr=output
            )
        self.processes.append(process)
        return process

    def log(self, process: subprocess.Popen[bytes]) -> str:
        """What it wrote so far."""
        return (self._log_dir / f"{self.processes.index(process)}.log").read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
            sys.stdout.write(f"--- {process.args!r} ended with {process.returncode}\n{self.log(process)}\n")


@contextmanager
def fleet(directory: Path, redis_url: str) -> Iterator[Fleet]:
    """Processes on that store, with the scripted job types, and files of their own."""
    settings = {
        "REDIS_URL": redis_url,
        "DMPS_PLUGINS": "tests.scripted",
        "DMPS_DATA_DIR": str(directory / "data"),
        "DMPS_CHILDREN": "1",
        "DMPS_LOG_LEVEL": "debug",
    }
    with Fleet(directory, settings) as started:
        yield started
