"""The two ends of every attempt, on the loop and in a child alike: the payload is loaded, the result is written."""

from collections.abc import Mapping
from typing import Any

import msgspec
from marshmallow import ValidationError
from msgspec import Raw, Struct
from msgspec.structs import replace

from shared import codec
from shared.job import NOTHING, JobError
from worker_service.failures import AttemptFailed, invalid_payload, invalid_result
from worker_service.processors import JobContext, Processor

LARGEST_RESULT = 32 * 1024 * 1024  # bytes of JSON: a record must pass the store's protocol in one piece


class Outcomes(Struct, frozen=True):
    """What the children of a job came to, by their ids: results (JSON), and why the others failed."""

    results: Mapping[str, Raw] = {}
    failed: Mapping[str, JobError] = {}


NO_CHILDREN = Outcomes()


def told(context: JobContext, outcomes: Outcomes, state: Raw = NOTHING) -> JobContext:
    """The context of a job that knows what its children came to, and its last checkpoint."""
    if state != NOTHING:
        context = replace(context, state=_state(state))
    if not outcomes.results and not outcomes.failed:
        return context
    results = {id: codec.decode(result) for id, result in outcomes.results.items()}
    return replace(context, children=results, failed_children=outcomes.failed)


def _state(state: Raw) -> Any:  # noqa: ANN401 - what JSON can hold
    """A checkpoint that somebody else has spoilt is none."""
    return codec.read(msgspec.json.decode, bytes(state), "a checkpoint")


def load(processor: Processor, payload: Raw) -> dict[str, Any]:
    """The payload as the processor gets it. Raises `AttemptFailed` if it does not fit."""
    try:
        return processor.job_type.load_payload(codec.decode(payload))
    except ValidationError as error:
        raise AttemptFailed(invalid_payload(error)) from error


def dump(result: Any) -> bytes:  # noqa: ANN401 - whatever a processor returned
    """The result as JSON. Raises `AttemptFailed` if JSON cannot hold it."""
    try:
        text = codec.encode(result)
    except ValueError as error:
        raise AttemptFailed(invalid_result(str(error))) from error
    if len(text) > LARGEST_RESULT:
        raise AttemptFailed(invalid_result(f"It takes {len(text)} bytes; {LARGEST_RESULT} are allowed. Save a file."))
    return text
