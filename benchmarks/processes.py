"""The processes that are measured: started, watched, ended."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds
LOOK_EVERY = 0.005  # seconds
QUIET_WINDOW = 0.25  # seconds
QUIET_SHARE = 0.2  # of a core: less than that is idle, polling included
SETTLING = 3.0  # seconds, where processor times cannot be read


class BenchFailed(Exception):
    """Something did not happen. The message may be written down; `details`, a process's output, are not."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class Process:
    """A running program. Its output goes to a file, of which the end is shown when something fails."""

    def __init__(self, command: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the commands are ours
                command, env=_environment(settings), cwd=ROOT, stdout=output, stderr=output
            )
        self.pid = self._process.pid

    def cpu_seconds(self) -> float:
        """Processor time of it and its children so far; 0 where the system does not tell."""
        return sum(_cpu_seconds(pid) for pid in _family(self.pid))

    def check(self) -> None:
        """Raises `BenchFailed` if it has ended."""
        if self._process.poll() is not None:
            raise BenchFailed(f"a process ended with status {self._process.returncode}", self.last_words())

    def last_words(self) -> str:
        """The end of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()


@contextmanager
def running(count: int, command: Sequence[str], settings: Mapping[str, str], scratch: Path) -> Iterator[list[Process]]:
    """So many processes of one command, killed when the block ends."""
    started: list[Process] = []
    try:
        for number in range(count):
            log = scratch / f"{time.monotonic_ns()}-{number}.log"
            started.append(Process(command, settings, log))
        yield started
    finally:
        for process in started:
            process.end()


def run(command: Sequence[str], settings: Mapping[str, str]) -> str:
    """Run a program to its end and answer what it printed. Raises `BenchFailed`."""
    environment, patience = _environment(settings), 4 * PATIENCE
    try:
        done = subprocess.run(  # noqa: S603 - the commands are ours
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired as error:
        raise BenchFailed(f"{_name(command)} did not end within {patience:.0f} s") from error
    if done.returncode:
        raise BenchFailed(f"{_name(command)} failed with status {done.returncode}", done.stderr)
    return done.stdout


def wait_until(look: Callable[[], bool], what: str, processes: Iterable[Process], patience: float = PATIENCE) -> None:
    """Look again and again until it is so. Raises `BenchFailed` if it takes too long, or if a process has ended."""
    began = checked = time.monotonic()
    while not look():
        now = time.monotonic()
        if now - checked > 1:
            checked = now
            for process in processes:
                process.check()
        if now - began > patience:
            details = "\n".join(process.last_words() for process in processes)
            raise BenchFailed(f"not within {patience:.0f} s: {what}", details)
        time.sleep(LOOK_EVERY)


def wait_until_quiet(processes: Sequence[Process]) -> None:
    """Until they have done with starting: child processes, caches and all."""
    if not cpu_time_is_told():
        time.sleep(SETTLING)
        return
    used, before = QUIET_SHARE, _total(processes)
    end = time.monotonic() + PATIENCE
    while used >= QUIET_SHARE * len(processes) and time.monotonic() < end:
        time.sleep(QUIET_WINDOW)
        now = _total(processes)
        used, before = (now - before) / QUIET_WINDOW, now


def cpu_time_is_told() -> bool:
    """Whether this system tells the processor time of other processes (Linux does)."""
    return Path("/proc/self/stat").exists()


def _name(command: Sequence[str]) -> str:
    """The program, without where it lies."""
    return " ".join(Path(word).name for word in command)


def _total(processes: Sequence[Process]) -> float:
    return sum(process.cpu_seconds() for process in processes)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any setting of ours, and those."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DMPS_", "BENCH_")) and name not in {"REDIS_URL", "PORT", "HOST"}
    }
    return {**clean, "PYTHONPATH": str(ROOT), **settings}


def _family(pid: int) -> Iterator[int]:
    """A process and all its descendants (proc(5): task/TID/children)."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _cpu_seconds(pid: int) -> float:
    """User and system time (proc(5): fields 14 and 15 of stat, in ticks)."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
