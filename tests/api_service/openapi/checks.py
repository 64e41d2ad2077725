"""Checks of our own for schemathesis, which loads this module by `SCHEMATHESIS_HOOKS`.

Its own check takes any refusal of what the schema allows for a mistake. There are rules that no JSON Schema can say:
here they are, and nothing else that the schema allows may be refused.
"""

import re
from http import HTTPStatus
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response

UNSAID = (
    "Must be the nextPageToken of another page.",
    "Must not be less than delay.",  # the most seconds of a backoff
    "Must take at most",  # bytes of metadata
    "Must lie before the year 10000.",
    "Must be an RFC 3339 time",  # a leap second
    "No earlier rule has this name.",
    "An earlier rule",  # writes to the same name, or does the same
    "Records times rules",
    "This text is not UTF-8.",
    "This key came with another request.",  # an Idempotency-Key
    "Idempotency-Key must be one string",
    "No callbacks are sent here",  # without a secret
    "Must be an absolute URL",  # that nobody could misread
    "Must be https at port 443",
    "The host is",  # inside
    "The port must be",
    "Write an IPv4 address",
    "All or none, a batch may have",
    "With an Idempotency-Key, a batch may have",
    "With an Idempotency-Key, a job may have",
    "A request may have at most",  # jobs, with all their children
    "There is no such job.",  # that others depend on
    "Must not come before firstPage.",  # of the pages of a PDF
    "It works on another kind of file",  # than the operations before it
    "Another output has this name.",
    "Only a text has a colour",
    "Only contain has bars",
    "Only count may do without",  # a column
    "Names a column twice.",
    "Give ",  # one of several members, and not both
    "Name the column of csv",
    "Must have the members",  # that the enrichment reads
    "Must have something to be seen.",
    "At least one weight must not be 0.",
    "Must be at least 1.",  # an integer that is written as a text
    "Must be at least 2 for std.",
    "Must be at most the number of numbers.",
    "Must be an integer of at most",  # bits
    "Must be larger than the",  # one before it
    "Must be shorter than the series.",
    "Must be square",
    "Must lie between the first and the last x.",
    "Another job cannot stand for",  # one of several that wait for each other
    "Nobody knows when a job that waits for others",
    "Must be a cron expression",
    "Must be a time zone of the IANA database",
    "Must not lie before startAt.",
    "There is no tick, now or later",
    "A schedule says",  # what is no business of its jobs
    "Is no expression:",
    "The header Content-Digest",  # of another content, or written so that its pattern cannot say it
    "The header Repr-Digest",
    "The upload was to have",  # as many bytes as its Upload-Length said
    "Must be ?1 if what comes",  # without Upload-Complete there is nothing to add
    "Say where what you send begins.",
    "Send a form of one part",
    "The body is not multipart/form-data",
    "A form has no digest here",
    "What may be broken off is the file itself",
)
AS_LONG = re.compile(r"Must have (at least )?\d+ (elements|rows)")  # as another list has, or an operation needs
schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")
PATCHED = "/api/schedules/{id}"  # a patch is right or wrong together with what it is a patch of
REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY})


@schemathesis.hook
def before_load_schema(_: HookContext, raw_schema: dict[str, Any]) -> None:
    """Leave children out: a submission that holds submissions is unrolled without end. `test_families` sends them.

    What a batch or a schedule holds is a submission as everywhere, and the payloads of one type are enough there: POST
    /api/jobs tries those of all.
    """
    schemas = raw_schema["components"]["schemas"]
    one = {"$ref": "#/components/schemas/calculation.submission"}
    schemas["Batch"]["properties"]["jobs"]["items"] = one
    schemas["NewSchedule"]["properties"]["job"] = one
    for name, schema in schemas.items():
        if name.endswith(".submission"):
            schema["properties"].pop("children")
    schemas["Batch"]["properties"].pop("completion")
    for path in ("/api/jobs", "/api/jobs/batch"):
        content = raw_schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for name in ("with children", "with one that waits for the others"):
            content["examples"].pop(name, None)


@schemathesis.check
def what_the_schema_allows_is_taken(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """A request that is as the document says is refused for an unsaid rule alone."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or case.path == PATCHED:
        return
    if response.status_code in REFUSED:
        problem = response.json()
        errors = problem.get("errors", [problem])
        assert all(error["detail"].startswith(UNSAID) or AS_LONG.match(error["detail"]) for error in errors), errors


@schemathesis.check
def what_a_batch_may_not_hold_is_refused(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """A batch that is not as the document says is refused, or a job of it is."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.NEGATIVE:
        return
    if response.status_code == HTTPStatus.ACCEPTED and case.path == "/api/jobs/batch":
        assert any("problem" in entry for entry in response.json()["jobs"]), response.text
