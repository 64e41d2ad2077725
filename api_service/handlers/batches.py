"""Batches: many jobs in one request. Between jobs, other requests get their turn."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import Raw

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.bodies import read_json, too_large
from api_service.decoding import has_more, json_elements, json_members, json_value
from api_service.keys import IDS, JOB_TYPES, SETTINGS, STORE
from api_service.problems import Problem
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import BatchSubmittedSchema
from api_service.submissions import new_job
from api_service.validation import child, invalid, load
from shared.job import Job
from shared.schemas.jobs import MAX_BATCH_JOBS, BatchSchema

BATCH_FACTOR = 16  # a batch may be so many times as large as a job
MAX_ERRORS_A_JOB = 10  # of ten thousand jobs, a hundred each would be too many
_JOB_COST = 2048  # bytes: what checking a job costs beyond checking its bytes
_TURN = 64 * 1024  # bytes of work between two turns of the event loop: a millisecond or two
_FLAG = 64  # bytes: what true or false, or what stands wrongly in their place, may take to be looked at
_BATCH = BatchSchema()

Entry = Job | dict[str, Any]  # a job, or the body of the problem that refuses it


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs/batch`: 202 with one entry for each job, in order, once the store holds the good ones."""
    limit = request.app[SETTINGS].max_body * BATCH_FACTOR
    texts, atomic = _read(await read_json(request, limit))
    entries = await _entries(request, texts)
    jobs = [entry for entry in entries if isinstance(entry, Job)]
    if atomic and len(jobs) < len(entries):
        raise invalid([error for entry in entries if not isinstance(entry, Job) for error in entry["errors"]])
    await request.app[STORE].submit(jobs)
    message = f"{len(jobs)} of {len(entries)} jobs submitted successfully"
    return answer_json({"message": message, "jobs": [_present(entry) for entry in entries]}, 202)


ROUTES = (
    post(
        "/api/jobs/batch",
        submit,
        Operation(
            "submitBatch",
            Role.SUBMITTER,
            f"Submit up to {MAX_BATCH_JOBS:,} jobs at once.",
            (
                Answer(
                    202,
                    "The store holds the jobs that are valid; a problem stands in the place of each other one.",
                    BatchSubmittedSchema,
                ),
            ),
            "With `atomic`, one job that is not valid refuses them all, with 422.",
            body=Body("The jobs.", BatchSchema),
        ),
    ),
)


def _read(text: bytes) -> tuple[Sequence[Raw], bool]:
    """The jobs, each as it was written, and whether they go all or none."""
    written = json_members(text)
    members = {name: _member(name, value) for name, value in written.items()}
    batch, errors = load(_BATCH, members)
    if errors:
        raise invalid(errors)
    return batch["jobs"], batch["atomic"]


def _member(name: str, text: Raw) -> Any:  # noqa: ANN401 - any JSON value
    """As the schema is to see it. What cannot be right is not decoded: it may have millions of values."""
    if name == "jobs":
        return _jobs(text)
    return json_value(text, child("", name)) if name == "atomic" and len(memoryview(text)) <= _FLAG else ()


def _jobs(text: Raw) -> Any:  # noqa: ANN401 - any JSON value
    if has_more(text, MAX_BATCH_JOBS):
        return []  # of which the schema says the same
    jobs = json_elements(text)
    if jobs is None and bytes(text) != b"null":
        return ()
    return jobs


async def _entries(request: web.Request, texts: Sequence[Raw]) -> list[Entry]:
    entries: list[Entry] = []
    work = 0
    for index, text in enumerate(texts):
        entries.append(_entry(request, bytes(text), f"/jobs/{index}"))
        work += _JOB_COST + len(memoryview(text))
        while work > _TURN:  # after a large job several: a request of another caller takes more than one
            work -= _TURN
            await asyncio.sleep(0)
    return entries


def _entry(request: web.Request, text: bytes, pointer: str) -> Entry:
    app = request.app
    limit, now = app[SETTINGS].max_body, app[STORE].now()
    try:
        if len(text) > limit:
            raise too_large(limit, pointer)
        return new_job(text, app[JOB_TYPES], tenant=tenant(request), id=app[IDS].next(now), now=now, pointer=pointer)
    except Problem as problem:  # its body alone is kept: the exception would keep all that was decoded
        problem.errors = problem.errors[:MAX_ERRORS_A_JOB]
        return problem.body


def _present(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Job):
        return {"jobId": entry.id, "status": entry.status}
    return {"problem": entry}
