"""What can go wrong, as exceptions. Each message says what happened and, where that is known, what to do."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dmps.models.jobs import Job

EXCERPT = 80  # characters


class DmpsError(Exception):
    """All that this package raises of its own."""


class Unreachable(DmpsError):
    """No answer came: nothing listens there, or the link broke. `was_sent`: the request may have been done."""

    def __init__(self, url: str, reason: str, *, was_sent: bool) -> None:
        super().__init__(f"No API answers at {url}: {reason}.")
        self.url = url
        self.reason = reason
        self.was_sent = was_sent


class NotUnderstood(DmpsError):
    """Something answered that is not our API, or not of this version."""

    def __init__(self, body: bytes, reason: str) -> None:
        excerpt = body[:EXCERPT].decode("utf-8", "replace")
        super().__init__(f"The answer is not one of dmps: {reason}. It begins {excerpt!r}.")
        self.body = body


class Damaged(DmpsError):
    """A file arrived that is not the one which is stored, or changed while it was sent."""


class UploadStopped(DmpsError):
    """An upload in parts could not go on. What has arrived stays for a day: `resume=upload_id` goes on with it."""

    def __init__(self, upload_id: str, sent: int, size: int, reason: DmpsError) -> None:
        super().__init__(f"The upload has stopped after {sent} of {size} bytes. {reason}")
        self.upload_id = upload_id
        self.sent = sent
        self.size = size


class NotInTime(DmpsError, TimeoutError):
    """The job, or what is done with many, has not ended in the time that its caller had."""

    def __init__(self, job_id: str, seconds: float, what: str = "Job") -> None:
        super().__init__(f"{what} {job_id} has not ended within {seconds:g} s. It goes on: wait for it again.")
        self.job_id = job_id


class JobFailed(DmpsError):
    """The job has ended, and not by completing. `job` is all that is known of it."""

    def __init__(self, job: "Job") -> None:
        why = f": {job.error.code}: {job.error.message}" if job.error else ""
        super().__init__(f"Job {job.id} {'was' if job.status == 'cancelled' else 'has'} {job.status}{why}")
        self.job = job


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one member: `pointer` is a JSON Pointer (RFC 6901), of a query `/name`."""

    pointer: str
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True):
    """A refusal as it was answered (RFC 9457)."""

    title: str
    status: int
    detail: str = ""
    type: str = "about:blank"
    errors: Sequence[FieldError] = ()

    def __str__(self) -> str:
        lines = (f"  {error.pointer or '(the whole)'}: {error.detail}" for error in self.errors)
        return "\n".join([f"{self.title} ({self.status}). {self.detail}".rstrip(), *lines])


class Refused(DmpsError):
    """The API refused a request; the classes below say on what ground."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.retry_after = retry_after  # seconds

    @property
    def status(self) -> int:
        """The status of HTTP."""
        return self.problem.status

    @property
    def errors(self) -> Sequence[FieldError]:
        """Each member that was wrong."""
        return self.problem.errors


class InvalidRequest(Refused):
    """What was sent is not what it should be (400, 413, 415, 422)."""


class Unauthorized(Refused):
    """No API key was shown, or it is none (401)."""


class Forbidden(Refused):
    """The role of the key does not suffice (403)."""


class NotFound(Refused):
    """There is no such thing, or not any more (404, 410)."""


class Conflict(Refused):
    """The job's status does not allow this (409), or somebody has changed it since (412)."""


class RateLimited(Refused):
    """Too many requests (429)."""


class Unavailable(Refused):
    """The service cannot do its work now (502, 503, 504)."""


_BY_STATUS: Mapping[int, type[Refused]] = {
    **dict.fromkeys((400, 413, 415, 422), InvalidRequest),
    401: Unauthorized,
    403: Forbidden,
    **dict.fromkeys((404, 410), NotFound),
    **dict.fromkeys((409, 412), Conflict),
    429: RateLimited,
    **dict.fromkeys((502, 503, 504), Unavailable),
}


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
    """The exception for an answer of 400 or more; a proxy's page will do."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(title="Refused", status=status, detail=_excerpt(body))
    return _BY_STATUS.get(status, Refused)(problem, _seconds(headers.get("retry-after", "")))


def _excerpt(body: bytes) -> str:
    return f"Whoever answered does not say why as our API does: {body[:EXCERPT].decode('utf-8', 'replace')!r}."


def _seconds(retry_after: str) -> float | None:
    """RFC 9110, 10.2.3; our API sends seconds, never a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
