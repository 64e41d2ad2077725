"""Failed jobs, grouped by what they failed of. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from api_service.views import job_path, rfc3339
from shared.job import Job

LONGEST = 200  # characters of a message that tell groups apart
_SAME = (  # what differs between two messages that say the same
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "#"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}\b"), "#"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "#"),
    (re.compile(r"'[^'\n]{1,100}'|\"[^\"\n]{1,100}\""), "'...'"),
)


def groups(jobs: Iterable[Job]) -> list[dict[str, Any]]:
    """The groups of jobs that come the newest first, those with the most jobs first."""
    found: dict[tuple[str | None, ...], list[Job]] = {}
    for job in jobs:
        error = job.error
        if error is not None:
            key = (job.type, error.code, error.type, normalised(error.message))
            found.setdefault(key, []).append(job)
    by_size = sorted(found.items(), key=lambda group: len(group[1]), reverse=True)
    return [_group(key, members) for key, members in by_size]


def normalised(message: str) -> str:
    """A message without what is of its job alone: numbers, ids, quoted values; its first line."""
    line = message[: 10 * LONGEST].partition("\n")[0]
    for pattern, instead in _SAME:
        line = pattern.sub(instead, line)
    return line[:LONGEST]


def _group(key: tuple[str | None, ...], jobs: list[Job]) -> dict[str, Any]:
    type, code, kind, message = key
    newest, oldest = jobs[0], jobs[-1]
    return {
        "type": type,
        "code": code,
        "exception": kind,
        "message": message,
        "count": len(jobs),
        "newestAt": rfc3339(newest.completed_at),
        "oldestAt": rfc3339(oldest.completed_at),
        "example": {"jobId": newest.id, "error": newest.error, "links": {"self": job_path(newest.id)}},
    }
