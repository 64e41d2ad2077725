"""Why an attempt failed, as data: it must cross from a child process to its worker."""

from marshmallow import ValidationError
from msgspec import Struct

from shared.job import JobError
from worker_service.processors import Reject, RetryLater

LONGEST_MESSAGE = 2_000  # characters of an exception's text that are kept


class Failure(Struct, frozen=True, omit_defaults=True):
    """What went wrong, and what the processor asked for: never again (`final`), or again `after` some seconds."""

    error: JobError
    final: bool = False
    after: float | None = None


class AttemptFailed(Exception):
    """Carries a `Failure` up to where it is judged."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error.message)
        self.failure = failure


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception of a processor stands for."""
    match error:
        case AttemptFailed():
            return error.failure
        case Reject():
            return Failure(JobError("rejected", _text(error)), final=True)
        case RetryLater():
            return Failure(JobError("retry_later", error.message), after=error.after)
        case MemoryError():
            return Failure(JobError("memory_limit", "The job needed more memory than a child process may use."))
        case _:
            return Failure(JobError("exception", _text(error), type=type(error).__name__))


def timed_out(seconds: float) -> Failure:
    """The attempt was stopped because it ran too long."""
    return Failure(JobError("timeout", f"The attempt ran longer than its timeout of {seconds:g} s."))


def invalid_payload(error: ValidationError) -> Failure:
    """The payload, accepted at submission, does not fit this worker's schema (the two run different versions)."""
    return Failure(JobError("invalid_payload", f"The payload does not fit the job type: {error.messages}"), final=True)


def invalid_result(error: ValueError) -> Failure:
    """The processor returned what JSON cannot hold."""
    return Failure(JobError("invalid_result", f"The processor's result is not JSON. {error}"), final=True)


def _text(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:LONGEST_MESSAGE]
