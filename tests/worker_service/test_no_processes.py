"""In a process of its own: there is no way back."""

import subprocess
import sys

TRIED = """
import errno, os, posix, subprocess, sys, threading
from worker_service.no_processes import refuse

def tried(start):
    try:
        start()
    except OSError as error:
        return errno.errorcode[error.errno]

assert refuse()
print(tried(os.fork))
print(tried(lambda: subprocess.run([sys.executable, "-c", ""])))
print(tried(lambda: posix.posix_spawn(sys.executable, [sys.executable], {})))
thread = threading.Thread(target=print, args=("a thread",))
thread.start()
thread.join()
"""


def test_no_process_can_be_started_any_more_but_threads_can() -> None:
    ended = subprocess.run([sys.executable, "-c", TRIED], check=True, capture_output=True, text=True)
    assert ended.stdout.splitlines() == ["EUSERS", "EUSERS", "EUSERS", "a thread"]
