"""The body of a batch: JSON, or lines of it (https://github.com/ndjson/ndjson-spec), a submission each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from api_service.decoding import has_more, json_elements, json_members, json_value
from api_service.validation import child, invalid, load
from shared.schemas.jobs import MAX_BATCH_JOBS, BatchSchema

LINES = "application/x-ndjson"
MAX_LINES = 2 * MAX_BATCH_JOBS  # that are looked at, empty ones among them: the rest is one long line
_FLAG = 64  # bytes: what true or false, or what stands wrongly in their place, may take to be looked at
_BATCH = BatchSchema()


@dataclass(frozen=True)
class Batch:
    """The jobs, each as it was written, and whether they go all or none."""

    jobs: Sequence[Raw]
    is_atomic: bool
    completion: Raw | None = None  # the job that waits for all of them


def read_batch(text: bytes, media_type: str, *, is_atomic: bool) -> Batch:
    """What a body says. `is_atomic`: what the query says of it. Raises a 4xx `Problem`."""
    if media_type == LINES:
        lines = [Raw(line) for line in text.split(b"\n", MAX_LINES) if not line.isspace() and line]
        return _checked({"jobs": lines, "atomic": is_atomic})
    members = json_members(text)
    batch = _checked({name: _member(name, value) for name, value in members.items()})
    return Batch(batch.jobs, batch.is_atomic or is_atomic, members.get("completion"))


def _checked(members: dict[str, Any]) -> Batch:
    batch, errors = load(_BATCH, members)
    if errors:
        raise invalid(errors)
    return Batch(batch["jobs"], batch["atomic"])


def _member(name: str, text: Raw) -> Any:  # noqa: ANN401 - any JSON value
    """As the schema is to see it. What cannot be right is not decoded: it may have millions of values."""
    if name == "jobs":
        return _jobs(text)
    if name == "completion":
        return None if bytes(text) == b"null" else {}  # read with the job types
    return json_value(text, child("", name)) if name == "atomic" and len(memoryview(text)) <= _FLAG else ()


def _jobs(text: Raw) -> Any:  # noqa: ANN401 - any JSON value
    if has_more(text, MAX_BATCH_JOBS):
        return []  # of which the schema says the same
    jobs = json_elements(text)
    if jobs is None and bytes(text) != b"null":
        return ()
    return jobs
