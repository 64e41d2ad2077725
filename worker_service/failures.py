"""Why an attempt failed, as data: it must cross from a child process to its worker."""

from collections.abc import Mapping

from marshmallow import ValidationError
from msgspec import Raw, Struct

from shared.codec import clean, encode
from shared.job import JobError
from shared.queue import Retry, RetryLater
from shared.retry import LONGEST_DELAY, RetryPolicy
from worker_service.processors import Child, Reject, Snooze, WaitFor

Overrides = Mapping[type[BaseException], RetryPolicy | None]  # None: never again


class Added(Struct, frozen=True):
    """A child that a processor adds, as JSON."""

    type: str
    payload: Raw
    options: Raw


class Failure(Struct, frozen=True, omit_defaults=True):
    """What went wrong, and what is to follow: nothing (`final`), or another attempt.

    That comes `after` some seconds, if the processor asked for it, or by the `policy` of the error's class, or else by
    that of the job; or once the children that it `added` have ended.
    """

    error: JobError
    final: bool = False
    after: float | None = None
    snoozed: bool = False  # the processor only asks to be called again
    policy: RetryPolicy | None = None
    added: tuple[Added, ...] = ()


class AttemptFailed(Exception):
    """Carries a `Failure` up to where it is judged."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error.message)
        self.failure = failure


def failure_of(error: BaseException, retry_on: Overrides) -> Failure:
    """The failure that an exception of a processor stands for. `retry_on` is the job type's."""
    match error:
        case AttemptFailed():
            return error.failure
        case Reject() | WaitFor() | Snooze() | Retry():
            return _asked_for(error)
        case MemoryError():
            reason = JobError("memory_limit", "The job needed more memory than it could get.")
        case _:
            reason = _error("exception", error, type=type(error).__name__)
    return _by_class(reason, type(error), retry_on)


def _asked_for(error: Reject | WaitFor | Snooze | Retry) -> Failure:
    """What a processor asks for by raising it."""
    match error:
        case Reject():
            return Failure(_error("rejected", error), final=True)
        case WaitFor():
            return _waits(error)
        case Snooze():
            return Failure(_error("snoozed", error), after=error.after, snoozed=True)
        case RetryLater(after=None):
            return Failure(_error("retry_later", error))
        case _:  # RetryLater, or arq's own Retry
            return Failure(_error("retry_later", error), after=min((error.defer_score or 0) / 1000, LONGEST_DELAY))


def _by_class(reason: JobError, kind: type[BaseException], retry_on: Overrides) -> Failure:
    """The most specific class that the job type names decides."""
    for base in kind.__mro__:
        if base in retry_on:
            policy = retry_on[base]
            return Failure(reason, final=policy is None, policy=policy)
    return Failure(reason)


def timed_out(seconds: float) -> Failure:
    """The attempt was stopped because it ran too long."""
    return Failure(JobError("timeout", f"The attempt ran longer than its timeout of {seconds:g} s."))


def fell_silent(seconds: float) -> Failure:
    """The attempt was stopped because it told nothing of its work."""
    return Failure(JobError("heartbeat", f"The attempt told nothing of its work for {seconds:g} s."))


def deadline_came() -> Failure:
    """The attempt was stopped because no time is left for the job."""
    return Failure(JobError("deadline", "The job's deadline came while the attempt ran."), final=True)


def invalid_payload(error: ValidationError) -> Failure:
    """The payload, accepted at submission, does not fit this worker's schema (the two run different versions)."""
    message = clean(f"The payload does not fit the job type: {error.messages}")
    return Failure(JobError("invalid_payload", message), final=True)


def invalid_result(reason: str) -> Failure:
    """The processor returned what JSON, or a record, cannot hold."""
    return Failure(JobError("invalid_result", clean(f"The result cannot be kept. {reason}")), final=True)


def _waits(error: WaitFor) -> Failure:
    try:
        added = tuple(map(_added, error.children))
    except ValueError as reason:
        return Failure(JobError("invalid_child", clean(f"A child cannot be added. {reason}")), final=True)
    return Failure(JobError("waits", str(error)), added=added)


def _added(child: Child) -> Added:
    return Added(str(child.type), Raw(encode(dict(child.payload))), Raw(encode(dict(child.options))))


def _error(code: str, error: BaseException, type: str | None = None) -> JobError:
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a `__str__` that raises must not cost us the job
        message = ""
    return JobError(code, clean(message or error.__class__.__name__), type)
