"""All that a process has started, as the kernel keeps it (Linux: prctl(2), proc(5)). Elsewhere, only its group."""

import ctypes
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
PROC = Path("/proc")
TIMES = slice(11, 15)  # of /proc/PID/stat, behind the name: in user mode and in the kernel, and of ended children
SHARED = 2  # of /proc/PID/statm: pages of files and of shared memory
SHMEM = b"RssShmem:"  # of /proc/PID/status: the latter alone
MOST_EXPENDABLE = "1000"  # for /proc/PID/oom_score_adj
STATE, PARENT = 0, 1  # of /proc/PID/stat, behind the name
CHILDREN_ARE_TOLD = (PROC / f"self/task/{os.getpid()}/children").exists()  # CONFIG_PROC_CHILDREN
PATIENCE = 5.0  # seconds that a process may take to die
LITTLE = 0.001  # seconds

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent, that one, has died."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """From now on what descends from this process stays below it, though it may try to get away (setsid, two forks)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def be_the_first_to_go() -> None:
    """When the system's memory runs out, the kernel is to kill this process, or what it starts, and no other."""
    with suppress(OSError):
        (PROC / "self/oom_score_adj").write_text(MOST_EXPENDABLE)


def below(pid: int) -> list[int]:
    """All that descends from a process. One that ends or forks meanwhile may be missing."""
    children = _children if CHILDREN_ARE_TOLD else _by_parents().__getitem__
    found = list(children(pid))
    for each in found:
        found.extend(children(each))
    return found


def lives(pid: int) -> bool:
    """Whether a process has not ended. One that has stays (a zombie) until its parent asks how."""
    try:
        return (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[STATE] != b"Z"
    except OSError:
        return False


def processor_time(pid: int) -> float:
    """Seconds that a process has used, and its children that have ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return 0.0
    return sum(map(int, stat.rpartition(b")")[2].split()[TIMES])) / _TICK


def shared_memory(pid: int, more_than: int) -> int:
    """Bytes of shared memory of a process, which RLIMIT_DATA does not count; 0 if there are no more than so many."""
    try:
        pages = int((PROC / str(pid) / "statm").read_bytes().split()[SHARED])
        if pages * _PAGE <= more_than:
            return 0
        lines = (PROC / str(pid) / "status").read_bytes().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(SHMEM)), 0)
    except OSError:
        return 0


def reap() -> tuple[dict[int, int], bool]:
    """How those children of this process have ended which have, as `subprocess` says it; and whether any are left."""
    ended = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            ended[found[0]] = os.waitstatus_to_exitcode(found[1])
    except ChildProcessError:
        return ended, False
    return ended, True


def end_all(group: int) -> dict[int, int]:
    """Kill all that descends from this process, and reap it. Answers how its own children have ended.

    A bomb forks on while it is killed: so again, until nobody is left.
    """
    ended: dict[int, int] = {}
    are_left, until = True, time.monotonic() + PATIENCE
    _signal(os.killpg, group)
    while are_left and time.monotonic() < until:
        for pid in below(os.getpid()):
            _signal(os.kill, pid)
        more, are_left = reap()
        ended |= more
        if are_left:
            time.sleep(LITTLE)
    return ended


def _signal(kill: Callable[[int, int], None], pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS: permission, for a group of the dead
        kill(pid, signal.SIGKILL)


def _by_parents() -> Mapping[int, list[int]]:
    """The children of all processes, where the kernel was built without telling those of one."""
    found: dict[int, list[int]] = defaultdict(list)
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            found[int(stat.read_bytes().rpartition(b")")[2].split()[PARENT])].append(int(stat.parent.name))
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - a path for each would take longer than the rest
            found.extend(map(int, (PROC / str(pid) / "task" / task / "children").read_bytes().split()))
    return found
