"""`If-Match` (RFC 9110, section 13.1.1): to change a job only as the caller has seen it.

The ETag of a job that has not ended is the hash of its body, and then a mark that stands for its record as it was
written. What moves by itself (position, estimates, progress) changes the hash, but not the mark; so a caller who has
read a job may change it, unless somebody has written it since, however busy its queue is.
"""

from collections.abc import Callable
from hashlib import blake2b

from aiohttp import web

from api_service.answers import HASH
from api_service.problems import Problem
from shared.job import FINISHED, Job


def mark(job: Job) -> str:
    """What stands for the record in an ETag; empty for a job that has ended, whose body is all there is to it."""
    if job.status in FINISHED:
        return ""
    return blake2b(f"{job.id} {job.rev}".encode(), digest_size=8).hexdigest()


def check_mark(request: web.Request, job: Job) -> None:
    """Raise a 412 `Problem` unless the caller has seen the job's record as it stands, or does not ask for that."""
    if not _is_seen(request, lambda tag: tag[HASH:] == mark(job)):
        raise _job_has_changed()


def check_if_match(request: web.Request, tag: str) -> None:
    """Raise a 412 `Problem` unless the caller has seen what has this tag, or does not ask for that."""
    if not _is_seen(request, lambda seen: seen == tag):
        raise _job_has_changed()


def check_schedule(request: web.Request, mark: str) -> None:
    """Raise a 412 `Problem` unless the caller has seen the schedule with that mark, or does not ask for that."""
    if not _is_seen(request, lambda tag: tag[HASH:] == mark):
        detail = "Somebody has changed this schedule since it was read. Read it again, and then decide."
        raise Problem(412, "Schedule has changed", detail)


def _job_has_changed() -> Problem:
    detail = "Somebody has changed this job since it was read, or it has gone on. Read it again, and then decide."
    return Problem(412, "Job has changed", detail)


def _is_seen(request: web.Request, is_seen: Callable[[str], bool]) -> bool:
    written = request.headers.get("If-Match")
    if written is None or written.strip() == "*":
        return True
    return any(is_seen(tag.value) for tag in request.if_match or () if not tag.is_weak)
