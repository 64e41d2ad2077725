"""What jobs leave behind in a child: open files, threads, memory, processes. The next would fail for much of it."""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from worker_service.process_tree import reap

LITTLE = 32  # files, or threads: what a library may keep for the next job
FILES, STATM = "/dev/fd", Path("/proc/self/statm")
DATA = 5  # its field: pages of private memory that may be written, as RLIMIT_DATA counts them (proc(5)), and stack

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Wear:
    """Counts what there is more than at the start. `memory` is the limit in bytes; half of what was free may be kept.

    It takes some 30 microseconds: it is asked after each job.
    """

    def __init__(self, memory: int) -> None:
        now = _belongings()
        free = max(0, memory - now["bytes of memory"])
        margins = {"open files": LITTLE, "threads": LITTLE, "bytes of memory": free // 2, "processes": 0}
        self._most = {what: now[what] + margin for what, margin in margins.items()}

    def spent(self) -> str:
        """Of what there is too much; empty if the next job has room."""
        return ", ".join(f"{held} {what}" for what, held in _belongings().items() if held > self._most[what])


def _belongings() -> Mapping[str, int]:
    held = {"open files": _open_files(), "threads": threading.active_count(), "bytes of memory": _memory()}
    return {**held, "processes": int(reap()[1])}


def _open_files() -> int:
    try:
        return len(os.listdir(FILES))  # noqa: PTH208 - a path for each would take longer than the rest
    except OSError:  # not one file is left to look with
        return sys.maxsize


def _memory() -> int:
    try:
        return int(STATM.read_bytes().split()[DATA]) * _PAGE
    except OSError:  # no Linux: nothing bounds the memory of a child there
        return 0
