import asyncio
import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scripted.job_types import NOOP, SCRIPTED, SCRIPTED_CHILD
from worker_service.processors import JobContext, Reject, RetryLater, processes

Step = dict[str, Any]


def value(step: Step) -> Any:
    return step.get("value")


def fail(step: Step) -> Any:
    raise RuntimeError(step.get("message", "It broke."))


def reject(step: Step) -> Any:
    raise Reject(step.get("message", "Not like this."))


def retry_later(step: Step) -> Any:
    raise RetryLater(after=float(step["after"]))


def leave(_: Step) -> Any:
    raise SystemExit(3)


def cancel_itself(_: Step) -> Any:
    raise asyncio.CancelledError


def not_json(_: Step) -> Any:
    return float("nan")


def block(step: Step) -> Any:
    time.sleep(float(step["seconds"]))
    return "blocked"


def die(_: Step) -> Any:
    os._exit(7)


def crash(_: Step) -> Any:
    return ctypes.string_at(0)


def hog(_: Step) -> Any:
    return len(b"x" * (8 * 1024**3))


def surrogate(_: Step) -> Any:
    raise ValueError("caf\udce9")


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def mute(_: Step) -> Any:
    raise Mute


def large(step: Step) -> Any:
    return "x" * int(step["bytes"])


def spawn(step: Step) -> Any:
    helper = subprocess.Popen(["sleep", "60"])
    Path(step["pid_file"]).write_text(str(helper.pid))
    return helper.wait()


KEPT: list[Any] = []


def keep(step: Step) -> Any:
    """Leave files, threads and memory behind in the process."""
    KEPT.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(int(step.get("files", 0))))
    KEPT.append(bytearray(int(step.get("bytes", 0))))
    for _ in range(int(step.get("threads", 0))):
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def fill(step: Step) -> Any:
    """Take memory that goes with the frame of this call."""
    taken = bytearray(int(step["bytes"]))
    raise RuntimeError(f"full: {len(taken)} bytes")


ENDINGS: dict[str, Callable[[Step], Any]] = {
    "return": value,
    "fail": fail,
    "reject": reject,
    "retry_later": retry_later,
    "exit": leave,
    "cancel_itself": cancel_itself,
    "not_json": not_json,
    "block": block,
    "die": die,
    "crash": crash,
    "hog": hog,
    "surrogate": surrogate,
    "mute": mute,
    "large": large,
    "spawn": spawn,
    "keep": keep,
    "fill": fill,
}


def begin(job: JobContext, payload: dict[str, Any]) -> Step:
    """Write the line into the ledger and find this attempt's step."""
    if payload["ledger"]:
        with Path(payload["ledger"]).open("a", encoding="utf-8") as ledger:
            ledger.write(f"{job.id} {job.attempt} {os.getpid()}\n")
    steps: list[Step] = payload["attempts"]
    step = steps[min(job.attempt, len(steps)) - 1]
    if "percent" in step:
        job.progress(float(step["percent"]), "on the way")
        job.log("a line")
        job.log("caf\udce9")
    return step


@processes(SCRIPTED)
async def scripted(job: JobContext, payload: dict[str, Any]) -> Any:
    step = begin(job, payload)
    if step["do"] == "sleep":
        await asyncio.sleep(float(step["seconds"]))
        return "slept"
    return ENDINGS[step["do"]](step)


@processes(SCRIPTED_CHILD)
def scripted_child(job: JobContext, payload: dict[str, Any]) -> Any:
    step = begin(job, payload)
    return block(step) if step["do"] == "sleep" else ENDINGS[step["do"]](step)


@processes(NOOP)
async def noop(job: JobContext, payload: dict[str, Any]) -> None:
    pass
