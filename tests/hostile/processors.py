import ctypes
import mmap
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from tests.hostile.job_types import HOSTILE, INNOCENT
from worker_service.processors import JobContext, Limits, processes

MiB = 1024 * 1024
LIMITS = Limits(memory=320 * MiB, cpu=1.0, file_size=MiB, open_files=64, processes=2, output=256 * 1024)
BOMB = 6  # generations: 64 processes
MANY = 30  # processes

Payload = dict[str, Any]


def note(payload: Payload) -> None:
    """Write down this process's id."""
    with Path(payload["pid_file"]).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


def spin(_: Payload | None = None) -> None:
    while True:
        pass


def spin_elsewhere(_: Payload) -> None:
    subprocess.run([sys.executable, "-c", "while True: pass"], check=True)


def swallow(payload: Payload) -> None:
    """Whatever is raised in it, cancelled or not, it goes on."""
    note(payload)
    while True:
        with suppress(BaseException):
            time.sleep(60)


def hog(_: Payload) -> int:
    return len(b"x" * (8 * 1024 * MiB))


def hog_shared_memory(_: Payload) -> None:
    """What is shared is not private: RLIMIT_DATA does not count it."""
    with mmap.mmap(-1, 340 * MiB) as shared:
        shared[:: mmap.PAGESIZE] = b"x" * (len(shared) // mmap.PAGESIZE)
        time.sleep(60)


def abort(_: Payload) -> None:
    """As a library in Rust ends when it finds no memory (std::alloc::handle_alloc_error)."""
    sys.stderr.write("memory allocation of 1073741824 bytes failed\n")
    os.abort()


def segfault(_: Payload) -> None:
    ctypes.string_at(0)


def leave(_: Payload) -> None:
    os._exit(7)


def kill_warden(_: Payload) -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def kill_group(_: Payload) -> None:
    os.killpg(0, signal.SIGKILL)


def write(payload: Payload) -> int:
    with tempfile.TemporaryFile() as file:
        written = file.write(bytes(payload["bytes"]))
        file.flush()
    return written


def open_many(_: Payload) -> None:
    with ExitStack() as files:
        while True:
            files.enter_context(tempfile.TemporaryFile())


def flood(_: Payload) -> None:
    while True:
        os.write(1, b"x" * 4095 + b"\n")


def get_away() -> None:
    """As daemons do: a session of its own, and a parent that has ended (it is an orphan)."""
    os.setsid()
    if os.fork():
        os._exit(0)


def bomb(payload: Payload) -> None:
    """Each process makes another, several times over, and each gets away; there is an end to it if nobody ends it."""
    note(payload)
    until = time.monotonic() + 10
    for _ in range(BOMB):
        if os.fork() == 0:
            get_away()
            note(payload)
    while time.monotonic() < until:
        pass
    os._exit(0)


def start_one_by_one(_: Payload) -> int:
    """Many processes, one after the other, each of which leaves one behind that has ended: nobody asks how."""
    until = time.monotonic() + 0.3  # some looks of the warden
    for _each in range(MANY):
        if (started := os.fork()) == 0:
            if left := os.fork():
                os.waitid(os.P_PID, left, os.WEXITED | os.WNOWAIT)
            os._exit(0)
        os.waitpid(started, 0)
    while time.monotonic() < until:
        pass
    return MANY


def leave_a_daemon(payload: Payload) -> None:
    """It outlives the job if nobody ends it."""
    read, write = os.pipe()
    if os.fork() == 0:
        get_away()
        note(payload)
        os.close(write)
        time.sleep(60)
        os._exit(0)
    os.close(write)
    os.read(read, 1)  # until the daemon has noted who it is
    os.close(read)


def leave_a_daemon_and_crash(payload: Payload) -> None:
    leave_a_daemon(payload)
    os._exit(7)


def leave_a_daemon_and_wait(payload: Payload) -> None:
    leave_a_daemon(payload)
    time.sleep(60)


def return_twice(_: Payload) -> int:
    return os.fork()


def limits(_: Payload) -> list[int]:
    """What the kernel lets this job have: memory, processor time, size of files, number of files."""
    what = (resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
    return [resource.getrlimit(each)[0] for each in what]


def pid(_: Payload) -> int:
    return os.getpid()


STEPS: dict[str, Callable[[Payload], Any]] = {
    step.__name__: step
    for step in (
        spin,
        spin_elsewhere,
        swallow,
        hog,
        hog_shared_memory,
        abort,
        segfault,
        leave,
        kill_warden,
        kill_group,
        write,
        open_many,
        flood,
        bomb,
        start_one_by_one,
        leave_a_daemon,
        leave_a_daemon_and_crash,
        leave_a_daemon_and_wait,
        return_twice,
        limits,
        pid,
    )
}


@processes(HOSTILE, limits=LIMITS)
def hostile(_: JobContext, payload: Payload) -> Any:
    return STEPS[payload["do"]](payload)


@processes(INNOCENT)
def innocent(_: JobContext, payload: Payload) -> Any:
    return STEPS[payload["do"]](payload)
