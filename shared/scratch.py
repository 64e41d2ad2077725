"""A directory for what is written on the way, by a job mostly. It goes with its owner, or with a later one.

Its owner holds a lock (flock(2)) on it, which the kernel lets go of whatever ends the process.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = f"dmps-work-{os.getuid()}-"


@contextmanager
def scratch() -> Iterator[Path]:
    """A new, empty directory that nobody else may look into. Those that nobody owns any more go before."""
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _sweep() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_abandoned(path):
                shutil.rmtree(path)


def _is_abandoned(path: Path) -> bool:
    """Whether nobody holds its lock. One that is just being made has none yet, but has nothing in it, either."""
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return any(path.iterdir())
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
