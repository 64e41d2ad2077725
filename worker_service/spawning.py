"""How a child comes to be, and what is made of its end."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from shared.job import JobError
from worker_service.failures import Failure
from worker_service.warden import Verdict


async def start() -> tuple[Process, asyncio.StreamReader, asyncio.StreamWriter]:
    """A warden, which parts into itself and a child, and our end of the line to them."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            fd = theirs.fileno()
            command = (sys.executable, "-m", "worker_service.warden", str(fd))
            process = await asyncio.create_subprocess_exec(
                *command, pass_fds=(fd,), stdin=DEVNULL, stdout=PIPE, start_new_session=True
            )
        return process, *await _open(ours, process)
    except BaseException:
        ours.close()
        raise


async def _open(line: socket.socket, process: Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_connection(sock=line)
    except BaseException:
        line.close()  # its warden sees that, and ends
        await process.communicate()
        raise


def failure(verdict: Verdict) -> Failure:
    """Of the job that ran in a child which has ended."""
    return Failure(verdict.error or JobError("crashed", f"The child process that ran the job ended {_how(verdict)}."))


def _how(verdict: Verdict) -> str:
    if verdict.status is None:
        return "together with its warden"
    if verdict.status == -signal.SIGKILL:
        return "with signal SIGKILL, which the system sends when its memory runs out"
    if verdict.status < 0:
        return f"with signal {signal.Signals(-verdict.status).name}"
    return f"with exit status {verdict.status}"
