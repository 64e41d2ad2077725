"""What a processor is made of, and nothing else: `processes`, `JobContext`, `Child`, and what it may raise.

A processor is a function of a job's context and its loaded payload that returns the result, as JSON can hold it.
An `async def` runs on the event loop and must never compute for long; a plain `def` runs in a child process with
limits on memory and time.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import Struct

from shared.codec import clean, encode
from shared.errors import Misconfigured
from shared.files import FileStore
from shared.job import JobError
from shared.job_types import JobType
from shared.limits import Limits, checked
from shared.queue import RetryLater
from shared.retry import LONGEST_DELAY

__all__ = ["Child", "JobContext", "Limits", "Processor", "Reject", "RetryLater", "Snooze", "WaitFor", "processes"]

LARGEST_CHECKPOINT = 64 * 1024  # bytes of JSON


class Reject(Exception):
    """Raised by a processor: this job can never succeed, do not run it again. The message is the caller's answer."""


class Snooze(Exception):
    """Raised by a processor: it is too early; run the job again after so many seconds, up to a year.

    It does not count as an attempt. Raises `ValueError` for another number.
    """

    def __init__(self, after: float) -> None:
        if not 0 <= after <= LONGEST_DELAY:
            raise ValueError(f"Snooze takes 0 to {LONGEST_DELAY:.0f} seconds, not {after!r}.")
        super().__init__(f"Not for another {after:g} s.")
        self.after = after


@dataclass(frozen=True)
class Child:
    """A job that a running one adds, and waits for. `options` are those of a submission, by their names on the wire."""

    type: str
    payload: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)


class WaitFor(Exception):
    """Raised by a processor: these jobs are to be done first. The job runs again with their results in `job.children`.

    It does not count as a failure. An attempt that is repeated, because its worker was lost, adds equal children once.
    """

    def __init__(self, children: Sequence[Child]) -> None:
        if not children:
            raise ValueError("WaitFor takes at least one child.")
        super().__init__(f"The job waits for {len(children)} children.")
        self.children = tuple(children)


class JobContext(Struct, frozen=True):
    """What a processor may know of its job and tell of its work. The same on the loop and in a child process."""

    id: str
    type: str
    attempt: int  # counts runs, from 1
    files: FileStore
    children: Mapping[str, Any] = {}  # id -> result, of those that completed, in the order of their submission
    failed_children: Mapping[str, JobError] = {}  # id -> error, of the others, where `onChildFailure` is `continue`
    emit: Callable[[Mapping[str, Any]], None] = lambda _: None
    is_cancelled: Callable[[], bool] = lambda: False
    state: Any = None  # of the last checkpoint that an earlier attempt made, as `json.loads` would have it
    configured: Mapping[str, str] = {}  # what the worker's operator set for processors (`Settings.for_processors`)

    def progress(self, percent: float, message: str = "") -> None:
        """Tell how far the work is, from 0 to 100."""
        self.emit({"percent": min(100.0, max(0.0, float(percent))), "message": clean(str(message))})

    def log(self, message: str) -> None:
        """Write a line into the job's own log."""
        self.emit({"log": clean(str(message))})

    def checkpoint(self, state: Any, parts: Iterable[str] = ()) -> None:  # noqa: ANN401 - what JSON can hold
        """Keep from where the next attempt is to go on, should this one not end: it finds that as `state`.

        `parts`: the ids of the files that it needs for that. They are removed once the job has ended, whichever way.
        Raises `ValueError` for what JSON cannot hold, or what takes more than 64 KiB of it.
        """
        text = encode(state)
        if len(text) > LARGEST_CHECKPOINT:
            limit = f"{LARGEST_CHECKPOINT:,} are allowed. Save what is larger as a file, and name that."
            raise ValueError(f"The state of a checkpoint takes {len(text):,} bytes of JSON; {limit}")
        self.emit({"checkpoint": text.decode(), "parts": [str(part) for part in parts]})

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for this job to stop. A plain `def` may then return; else its child is killed."""
        return self.is_cancelled()


NONE_OF_ITS_OWN = Limits()


@dataclass(frozen=True)
class Processor:
    """The work of one job type. Call it like the function it was made of."""

    job_type: JobType
    function: Callable[[JobContext, dict[str, Any]], Any]
    limits: Limits = NONE_OF_ITS_OWN  # of a plain `def`

    @cached_property
    def runs_on_loop(self) -> bool:
        """Whether it is an `async def`; else it runs in a child process."""
        return inspect.iscoroutinefunction(self.function)

    def __call__(self, job: JobContext, payload: dict[str, Any]) -> Any:  # noqa: ANN401 - what JSON can hold
        """Run it, as a test would."""
        return self.function(job, payload)


def processes(
    job_type: JobType, limits: Limits = NONE_OF_ITS_OWN
) -> Callable[[Callable[[JobContext, dict[str, Any]], Any]], Processor]:
    """Make a function the processor of a job type. The limits are a plain `def`'s. Raises `Misconfigured` for them."""

    def decorate(function: Callable[[JobContext, dict[str, Any]], Any]) -> Processor:
        processor = Processor(job_type, function, checked(limits))
        if processor.runs_on_loop and limits != NONE_OF_ITS_OWN:
            raise Misconfigured(f"{job_type.name} is an async def, for which no limits hold: make it a plain def.")
        return processor

    return decorate
