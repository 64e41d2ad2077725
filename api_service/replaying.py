"""Another job like one that has ended: its submission, as it might have been written, with what is to be otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Raw

from api_service.answers import encode
from api_service.decoding import json_members, json_object
from api_service.problems import Problem
from api_service.validation import invalid, load
from api_service.views import policy
from shared.job import NOTHING, Job
from shared.schemas.acting import ReplaySchema

_REPLAY = ReplaySchema()

Changes = Mapping[str, Raw]  # `payload` and `options`, as they were written


def read_changes(text: bytes) -> Changes:
    """What is to be otherwise; nothing, if nothing was sent. Raises a 4xx `Problem`."""
    if not text:
        return {}
    _, errors = load(_REPLAY, json_object(text))
    if errors:
        raise invalid(errors)
    return json_members(text)


def submission(job: Job, changes: Changes, children: Sequence[str] = ()) -> bytes:
    """The text that submits such a job: all of its options but times and `dedup`, which were its own.

    It waits for the `children` of that job, and is run with what they came to. Raises a 409 `Problem` for a job with
    more of them than are given.
    """
    if job.child_count > len(children):
        detail = f"It waited for {job.child_count:,} jobs; a replay waits for {len(children):,} at most."
        raise Problem(409, "Subtree too large", f"{detail} Submit them again with the job.")
    changed = json_members(bytes(changes["options"])) if "options" in changes else {}
    options = {**_options(job), **changed}
    work = {"type": job.type, "payload": changes.get("payload", job.payload), "options": options}
    return encode({**work, "dependsOn": children} if children else work)


def _options(job: Job) -> dict[str, Any]:
    options = {
        "queue": job.queue,
        "priority": job.priority,
        "tags": job.tags,
        "maxAttempts": job.max_attempts,
        "timeout": job.timeout,
        "metadata": None if bytes(job.metadata) == bytes(NOTHING) else job.metadata,
        "backoff": policy(job.backoff),
        "maxElapsed": job.max_elapsed,
        "heartbeat": job.heartbeat,
        "keepFor": job.keep_for,
        "callbackUrl": job.callback_url,
        "onChildFailure": job.on_child_failure if job.child_count else None,
    }
    return {name: value for name, value in options.items() if value is not None}
