"""Why an attempt failed, as data: it must cross from a child process to its worker."""

from marshmallow import ValidationError
from msgspec import Struct

from shared.codec import clean
from shared.job import JobError
from shared.queue import Retry
from shared.retry import LONGEST_DELAY
from worker_service.processors import Reject


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
            return Failure(_error("rejected", error), final=True)
        case Retry():  # RetryLater, or arq's own
            return Failure(_error("retry_later", error), after=min((error.defer_score or 0) / 1000, LONGEST_DELAY))
        case MemoryError():
            return Failure(JobError("memory_limit", "The job needed more memory than a child process may use."))
        case _:
            return Failure(_error("exception", error, type=type(error).__name__))


def timed_out(seconds: float) -> Failure:
    """The attempt was stopped because it ran too long."""
    return Failure(JobError("timeout", f"The attempt ran longer than its timeout of {seconds:g} s."))


def invalid_payload(error: ValidationError) -> Failure:
    """The payload, accepted at submission, does not fit this worker's schema (the two run different versions)."""
    message = clean(f"The payload does not fit the job type: {error.messages}")
    return Failure(JobError("invalid_payload", message), final=True)


def invalid_result(reason: str) -> Failure:
    """The processor returned what JSON, or a record, cannot hold."""
    return Failure(JobError("invalid_result", clean(f"The result cannot be kept. {reason}")), final=True)


def _error(code: str, error: BaseException, type: str | None = None) -> JobError:
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a `__str__` that raises must not cost us the job
        message = ""
    return JobError(code, clean(message or error.__class__.__name__), type)
