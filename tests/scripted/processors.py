import asyncio
import builtins
import ctypes
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scripted.job_types import NOOP, SCRIPTED, SCRIPTED_CHILD
from worker_service.processors import Child, JobContext, Reject, RetryLater, Snooze, WaitFor, processes

Step = dict[str, Any]


def value(step: Step) -> Any:
    return step.get("value")


def fail(step: Step) -> Any:
    raise RuntimeError(step.get("message", "It broke."))


def reject(step: Step) -> Any:
    raise Reject(step.get("message", "Not like this."))


def retry_later(step: Step) -> Any:
    raise RetryLater(after=step.get("after"))


def snooze(step: Step) -> Any:
    raise Snooze(after=float(step["after"]))


def throw(step: Step) -> Any:
    raise getattr(builtins, step["error"])("thrown")


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


def add(step: Step) -> Any:
    """Wait for children of one's own."""
    raise WaitFor([Child(**child) for child in step["children"]])


def say(step: Step) -> Any:
    """Log, as a library would."""
    logging.getLogger("library").warning("said")


ENDINGS: dict[str, Callable[[Step], Any]] = {
    "return": value,
    "fail": fail,
    "reject": reject,
    "retry_later": retry_later,
    "snooze": snooze,
    "throw": throw,
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
    "add": add,
    "say": say,
}


def told(job: JobContext) -> Any:
    """What is told of the children."""
    return {"results": list(job.children.values()), "failed": [e.code for e in job.failed_children.values()]}


def write(job: JobContext, payload: dict[str, Any], what: object) -> None:
    """Write a line into the ledger."""
    if payload["ledger"]:
        with Path(payload["ledger"]).open("a", encoding="utf-8") as ledger:
            ledger.write(f"{job.id} {what} {os.getpid()}\n")


def begin(job: JobContext, payload: dict[str, Any]) -> Step:
    """Write the line into the ledger and find this attempt's step."""
    write(job, payload, job.attempt)
    steps: list[Step] = payload["attempts"]
    step = steps[min(job.attempt, len(steps)) - 1]
    if "percent" in step:
        job.progress(float(step["percent"]), "on the way")
        job.log("a line")
        job.log("caf\udce9")
    if "checkpoint" in step:
        job.checkpoint(step["checkpoint"], step.get("parts", ()))
    return step


async def heed(job: JobContext, payload: dict[str, Any], _: Step) -> Any:
    """Notice a cancellation, and write down what the context says of it."""
    try:
        await asyncio.sleep(60)
    finally:
        write(job, payload, f"cancelled={job.cancelled}")


def is_released(step: Step) -> bool:
    return Path(step["until"]).exists()


async def swallow(job: JobContext, payload: dict[str, Any], step: Step) -> Any:
    """Heed no cancellation, until a file is there."""
    while not is_released(step):
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            write(job, payload, f"cancelled={job.cancelled}")
    return "mine"


async def beat(job: JobContext, _: dict[str, Any], step: Step) -> Any:
    for beat in range(int(step["times"])):
        job.progress(beat)
        await asyncio.sleep(float(step["every"]))
    return "alive"


async def sleep(_: JobContext, __: dict[str, Any], step: Step) -> Any:
    await asyncio.sleep(float(step["seconds"]))
    return "slept"


def heed_in_child(job: JobContext, payload: dict[str, Any], _: Step) -> Any:
    while not job.cancelled:
        time.sleep(0.01)
    write(job, payload, f"cancelled={job.cancelled}")
    return "mine"


def beat_in_child(job: JobContext, _: dict[str, Any], step: Step) -> Any:
    for beat in range(int(step["times"])):
        job.progress(beat)
        time.sleep(float(step["every"]))
    return "alive"


def sleep_in_child(_: JobContext, __: dict[str, Any], step: Step) -> Any:
    return block(step)


def recall(job: JobContext) -> Any:
    return {"state": job.state}


ASKED = {"told": told, "recall": recall}
LONG = {"sleep": sleep, "heed": heed, "swallow": swallow, "beat": beat}
LONG_IN_CHILD = {"sleep": sleep_in_child, "heed": heed_in_child, "beat": beat_in_child}


@processes(SCRIPTED)
async def scripted(job: JobContext, payload: dict[str, Any]) -> Any:
    step = begin(job, payload)
    if step["do"] in ASKED:
        return ASKED[step["do"]](job)
    if step["do"] in LONG:
        return await LONG[step["do"]](job, payload, step)
    return ENDINGS[step["do"]](step)


@processes(SCRIPTED_CHILD)
def scripted_child(job: JobContext, payload: dict[str, Any]) -> Any:
    step = begin(job, payload)
    if step["do"] in ASKED:
        return ASKED[step["do"]](job)
    if step["do"] in LONG_IN_CHILD:
        return LONG_IN_CHILD[step["do"]](job, payload, step)
    return ENDINGS[step["do"]](step)


@processes(NOOP)
async def noop(job: JobContext, payload: dict[str, Any]) -> None:
    pass
