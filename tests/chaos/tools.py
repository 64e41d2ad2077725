"""Tools that are no part of the project: found here, installed for the run where that can be, else reported."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path


class NotRun(Exception):
    """This fault could not be tried here; the message says why."""


@cache
def strace() -> str:
    """The strace command. Raises `NotRun`."""
    if (found := shutil.which("strace")) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "strace"], check=False, capture_output=True)
        found = shutil.which("strace")
    if found is None:
        raise NotRun("strace is not installed, so nothing tells which bytes had reached the disk.")
    return found


@cache
def libfaketime(folder: Path) -> Path:
    """The library that lies about the time, installed into a folder of the run. Raises `NotRun`."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    subprocess.run([*pip, "install", "--target", folder, "libfaketime"], check=False, capture_output=True)
    found = next(folder.rglob("libfaketime.so.1"), None)
    if found is None:
        raise NotRun("The package libfaketime could not be installed, so no process can be told another time.")
    return found
