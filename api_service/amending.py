"""What a JSON merge patch (RFC 7396) changes of a job."""

from msgspec import Raw

from api_service.decoding import json_members, json_object
from api_service.merging import merged
from api_service.problems import FieldError
from api_service.validation import invalid, load
from shared.job import NOTHING, Job, Priority
from shared.lifecycle import Amendment
from shared.schemas.acting import AmendmentSchema
from shared.schemas.options import MAX_METADATA

_PATCH = AmendmentSchema()
NOW = 0  # a time in the past means now


class Patch:
    """A patch that has been read: all of it makes sense, whatever the job. Raises a `Problem` if it does not."""

    def __init__(self, text: bytes) -> None:
        changes, errors = load(_PATCH, json_object(text))
        if errors:
            raise invalid(errors)
        self._metadata = json_members(text).get("metadata")
        self._plain: Amendment = {}
        if "priority" in changes:
            self._plain["priority"] = changes["priority"] or Priority.NORMAL
        if "run_at" in changes:
            self._plain["run_at"] = changes["run_at"] or NOW
        if "tags" in changes:
            self._plain["tags"] = tuple(changes["tags"] or ())

    def of(self, job: Job) -> Amendment:
        """What it changes of this job. Raises a 422 `Problem` if there would be too much of its metadata."""
        amendment = self._plain.copy()
        if self._metadata is not None:
            amendment["metadata"] = _metadata(job, self._metadata)
        return amendment


def _metadata(job: Job, patch: Raw) -> Raw:
    metadata = merged(job.metadata, patch) if bytes(patch) != bytes(NOTHING) else NOTHING
    if len(memoryview(metadata)) > MAX_METADATA:
        raise invalid([FieldError("/metadata", "too_large", f"Must take at most {MAX_METADATA} bytes, all of it.")])
    return metadata
