"""What we share with arq: its keys' names, its serialisation, its `Retry`. The queue carries ids, never work."""

import asyncio
import builtins
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import msgspec
from arq.connections import RedisSettings
from arq.constants import default_queue_name, in_progress_key_prefix, job_key_prefix
from arq.worker import JobExecutionFailed
from arq.worker import Retry as Retry  # noqa: PLC0414 - for those who may not import arq

from shared.names import MAINTENANCE
from shared.retry import LONGEST_DELAY
from shared.retry_after import retry_after

JOB_FUNCTION = "dmps"  # the name under which arq's tools show our jobs
MAINTENANCE_QUEUE = f"{default_queue_name}:{MAINTENANCE}"
ARQ_JOB = job_key_prefix
ARQ_IN_PROGRESS = in_progress_key_prefix

# A plain arq job that is due stands this far (ms) before its time: there it hides none of our jobs, and arq's loop,
# which reads the queue from its beginning, finds it. To arq's clients it is `queued`, as it should be.
AHEAD = 10**14

# The errors that `deserialize` makes again. Any other comes back as arq's `JobExecutionFailed`, with its text.
ERRORS: dict[str, type[BaseException]] = {
    name: error for name, error in vars(builtins).items() if isinstance(error, type) and issubclass(error, Exception)
} | {error.__name__: error for error in (asyncio.CancelledError, JobExecutionFailed)}


class RetryLater(Retry):
    """Raised by a processor: this attempt failed, run the job again after so many seconds, up to a year.

    Without a number, the job's policy says when. It counts as an attempt. Raises `ValueError` for another number.
    """

    def __init__(self, after: float | None = None, message: str = "The processor asked for another attempt.") -> None:
        if after is not None and not 0 <= after <= LONGEST_DELAY:
            raise ValueError(f"RetryLater takes 0 to {LONGEST_DELAY:.0f} seconds, not {after!r}.")
        super().__init__(defer=after)
        self.after = after
        self.message = message

    @classmethod
    def from_header(cls, header: str | None, message: str = "The upstream asked for another attempt later.") -> Self:
        """When an upstream's `Retry-After` says; when the policy says, if that is missing or makes no sense."""
        return cls(retry_after(header, datetime.now(UTC)), message)

    def __str__(self) -> str:
        return self.message


def queue_key(queue: str, priority: str = "normal") -> str:
    """The sorted set in which arq and we keep the ids of a queue, by the time they are due.

    Ids of another priority have one of their own, whose name is no queue's.
    """
    key = default_queue_name if queue == "default" else f"{default_queue_name}:{queue}"
    return key if priority == "normal" else f"{key}!{priority}"


def serialize(value: dict[str, Any]) -> bytes:
    """How arq writes its jobs and results here: as JSON, never pickled. What JSON cannot hold becomes its text.

    The error that a job failed with becomes `{"error": its class's name, "args": [...]}`.
    """
    if value.get("s") is False and isinstance(value["r"], BaseException):
        value = {**value, "r": {"error": type(value["r"]).__name__, "args": value["r"].args}}
    return msgspec.json.encode(value, enc_hook=str)


def deserialize(data: bytes) -> dict[str, Any]:
    """The other half of `serialize`. An error is made again from its arguments if it is one that Python itself has."""
    value: dict[str, Any] = msgspec.json.decode(data)
    if value.get("s") is False and isinstance(value["r"], dict):
        value["r"] = _error(**value["r"])
    if "a" in value:
        value["a"] = tuple(value["a"])
    return value


def _error(error: str, args: list[Any]) -> BaseException:
    try:
        return ERRORS[error](*args)
    except (KeyError, TypeError):
        return JobExecutionFailed(": ".join([error, *map(str, args)]))


def arq_job(now: int) -> bytes:
    """The value of `arq:job:ID` for one of our jobs. arq names a job by its key, so it needs no arguments."""
    return serialize({"t": None, "f": JOB_FUNCTION, "a": [], "k": {}, "et": now})


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for a store's URL; unlike arq's own reader it takes socket paths with quoted characters."""
    settings = RedisSettings.from_dsn(url)
    settings.ssl_check_hostname = settings.ssl
    if settings.unix_socket_path:
        settings.unix_socket_path = unquote(urlsplit(url).path)
    return settings
