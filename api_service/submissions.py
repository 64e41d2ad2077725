"""From what a caller sent to a new job. Pure: the id and the time arrive as arguments."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Unpack

from msgspec import Raw

from api_service.callbacks import NO_CALLBACKS, Callbacks
from api_service.decoding import json_members, json_object
from api_service.problems import FieldError
from api_service.tracing import Marks
from api_service.validation import child, invalid, load
from shared import submission
from shared.job import NOTHING, Family, Job
from shared.job_types import JobType
from shared.schemas.jobs import SubmissionSchema
from shared.schemas.options import MAX_METADATA, Options

_SUBMISSION = SubmissionSchema()
_PLAIN = {"type", "payload"}
_AS_USUAL: Mapping[str, Any] = MappingProxyType({"options": Options(), "depends_on": ()})


def new_job(  # noqa: PLR0913 - a job has that many facts
    text: bytes,
    job_types: Mapping[str, JobType],
    *,
    tenant: str,
    id: str,
    now: int,
    callbacks: Callbacks = NO_CALLBACKS,
    pointer: str = "",
    parent_id: str | None = None,
    own_children: int = 0,
    **marks: Unpack[Marks],
) -> Job:
    """The job that a JSON text asks for. Raises a 4xx `Problem` whose pointers begin with `pointer`.

    `own_children`: how many are submitted with it, for which it waits; `parent_id`: the job that waits for it.
    """
    members = json_object(text, pointer)
    job_type, options, depends_on = _validated(members, job_types, pointer)
    if parent_id is not None or own_children or depends_on:
        _check_family(options, pointer, is_child=parent_id is not None, waits=bool(own_children or depends_on))
    place = child(child(pointer, "options"), "callbackUrl")
    if errors := callbacks.errors_of_callback(options.callback_url, place):
        raise invalid(errors)
    written = json_members(text)
    metadata = _metadata(written.get("options"), pointer)
    family: Family = {"parent_id": parent_id, "own_children": own_children, "depends_on": depends_on}
    return submission.new_job(
        job_type, options, written["payload"], id=id, now=now, tenant=tenant, metadata=metadata, **marks, **family
    )


def _check_family(options: Options, pointer: str, *, is_child: bool, waits: bool) -> None:
    """Raise a 422 `Problem` for options that make no sense for one of several jobs that wait for each other."""
    errors, place = [], child(pointer, "options")
    if options.dedup is not None and (is_child or waits):
        detail = "Another job cannot stand for one that waits for others, or that another one waits for."
        errors.append(FieldError(child(place, "dedup"), "conflict", detail))
    if options.expires_in is not None and waits:
        detail = "Nobody knows when a job that waits for others may begin. Give it a deadline."
        errors.append(FieldError(child(place, "expiresIn"), "conflict", detail))
    if errors:
        raise invalid(errors)


def _validated(
    members: dict[str, Any], job_types: Mapping[str, JobType], pointer: str
) -> tuple[JobType, Options, tuple[str, ...]]:
    """The job's type, its options and what it depends on, once its payload fits too. All mistakes come together."""
    asked, errors = _envelope(members, pointer)
    name, payload = members.get("type"), members.get("payload")
    job_type = job_types.get(name) if isinstance(name, str) else None
    if job_type is None and isinstance(name, str):
        known = ", ".join(sorted(job_types))
        errors.append(FieldError(child(pointer, "type"), "unknown_type", f"Must be one of: {known}."))
    if job_type is not None and isinstance(payload, dict):
        errors += load(job_type.payload_schema, payload, child(pointer, "payload"))[1]
    if errors or job_type is None:
        raise invalid(errors)
    return job_type, asked["options"], tuple(asked["depends_on"])


def _envelope(members: dict[str, Any], pointer: str) -> tuple[Any, list[FieldError]]:
    """What the schema makes of it. Most say nothing but these two, and then it would take ten microseconds to agree."""
    if members.keys() == _PLAIN and isinstance(members["type"], str) and isinstance(members["payload"], dict):
        return _AS_USUAL, []
    return load(_SUBMISSION, members, pointer)


def _metadata(options: Raw | None, pointer: str) -> Raw:
    """The metadata as they were written, once they are known to be an object."""
    if options is None:
        return NOTHING
    written = json_members(bytes(options)).get("metadata", NOTHING)
    if len(memoryview(written)) > MAX_METADATA:
        place = child(child(pointer, "options"), "metadata")
        raise invalid([FieldError(place, "too_large", f"Must take at most {MAX_METADATA} bytes.")])
    return written
