"""Batches: many jobs in one request. Between jobs, other requests get their turn."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from aiohttp import web

from api_service import standing as standing_jobs
from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.batch_bodies import LINES, Batch, read_batch
from api_service.bodies import JSON, read_json, too_large
from api_service.idempotency import HEADER, MOST_JOBS, Taken, Ticket, check_key, done_once
from api_service.keys import IDS, JOB_TYPES, SETTINGS, STORE
from api_service.problem_types import IDEMPOTENCY_KEY_MALFORMED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT
from api_service.problems import FieldError, Problem
from api_service.queries import read_query
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import BatchSubmittedSchema
from api_service.submissions import new_job
from api_service.tracing import marks
from api_service.validation import invalid
from shared.job import Job
from shared.schemas.jobs import MAX_BATCH_JOBS, BatchSchema
from shared.schemas.submitting import LinesSchema
from shared.store import Standing
from shared.store.submitting import NONE_STAND

BATCH_FACTOR = 16  # a batch may be so many times as large as a job
MAX_ERRORS_A_JOB = 10  # of ten thousand jobs, a hundred each would be too many
_JOB_COST = 2048  # bytes: what checking a job costs beyond checking its bytes
_TURN = 64 * 1024  # bytes of work between two turns of the event loop: a millisecond or two
_QUERY = LinesSchema()

Entry = Job | dict[str, Any]  # a job, or the body of the problem that refuses it


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs/batch`: 202 with one entry for each job, in order, once the store holds the good ones."""
    query = read_query(request, _QUERY)
    limit = request.app[SETTINGS].max_body * BATCH_FACTOR
    text = await read_json(request, limit, (JSON, LINES))
    batch = read_batch(text, request.content_type, is_atomic=query["atomic"])
    _check_length(request, batch)
    if query["validate_only"]:
        check_key(request)
        entries = await _entries(request, batch)
        good = sum(isinstance(entry, Job) for entry in entries)
        return _answer(f"{good} of {len(entries)} jobs are valid; nothing was submitted", entries, 200)
    return await done_once(request, text, partial(_submit, request, batch))


def _check_length(request: web.Request, batch: Batch) -> None:
    """What is written in one step is bounded. Raises a 422 `Problem`."""
    has_key = HEADER in request.headers
    if (batch.is_atomic or has_key) and len(batch.jobs) > MOST_JOBS:
        why = "With an Idempotency-Key" if has_key else "All or none"
        raise invalid([FieldError("/jobs", "length", f"{why}, a batch may have at most {MOST_JOBS:,} jobs.")])


async def _submit(request: web.Request, batch: Batch, ticket: Ticket | None) -> web.Response:
    store, entries = request.app[STORE], await _entries(request, batch)
    jobs = [entry for entry in entries if isinstance(entry, Job)]
    answer = _submitted(entries, NONE_STAND)
    if ticket is not None:
        taken, standing = await store.submit_at_once(jobs, ticket.once(answer))
        if taken:
            raise Taken(taken)
    elif batch.is_atomic:
        _, standing = await store.submit_at_once(jobs)
    else:
        standing = await store.submit(jobs)
    return _submitted(entries, standing) if standing else answer


ROUTES = (
    post(
        "/api/jobs/batch",
        submit,
        Operation(
            "submitBatch",
            Role.SUBMITTER,
            f"Submit up to {MAX_BATCH_JOBS:,} jobs at once.",
            (
                Answer(200, "With `validateOnly`: which jobs are valid. Nothing was submitted.", BatchSubmittedSchema),
                Answer(
                    202,
                    "The store holds the jobs that are valid; a problem stands in the place of each other one.",
                    BatchSubmittedSchema,
                ),
            ),
            "With `atomic`, one job that is not valid refuses them all, with 422, and all are stored in one step; up to"
            f" {MOST_JOBS:,} jobs, as with an `Idempotency-Key`. A batch may also come as `{LINES}`: a submission a"
            " line.",
            body=Body("The jobs.", BatchSchema, lines=LINES),
            query=LinesSchema,
            headers=("Idempotency-Key", "X-Request-ID", "traceparent"),
            refusals=(IDEMPOTENCY_KEY_MALFORMED, REQUEST_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED),
        ),
    ),
)


def _submitted(entries: Sequence[Entry], standing: Standing) -> web.Response:
    good = sum(isinstance(entry, Job) for entry in entries)
    return _answer(f"{good} of {len(entries)} jobs submitted successfully", entries, 202, standing)


def _answer(message: str, entries: Sequence[Entry], status: int, standing: Standing | None = None) -> web.Response:
    """`standing`: of jobs that were submitted."""
    return answer_json({"message": message, "jobs": [_present(entry, standing) for entry in entries]}, status)


async def _entries(request: web.Request, batch: Batch) -> list[Entry]:
    """Raises a 422 `Problem` if it is all or none, and one is bad."""
    entries: list[Entry] = []
    work = 0
    for index, text in enumerate(batch.jobs):
        entries.append(_entry(request, bytes(text), f"/jobs/{index}"))
        work += _JOB_COST + len(memoryview(text))
        while work > _TURN:  # after a large job several: a request of another caller takes more than one
            work -= _TURN
            await asyncio.sleep(0)
    bad = [entry for entry in entries if not isinstance(entry, Job)]
    if bad and batch.is_atomic:
        raise invalid([error for entry in bad for error in entry.get("errors", ())])
    return entries


def _entry(request: web.Request, text: bytes, pointer: str) -> Entry:
    app = request.app
    limit, now = app[SETTINGS].max_body, app[STORE].now()
    try:
        if len(text) > limit:
            raise too_large(limit, pointer)
        facts = {"tenant": tenant(request), "id": app[IDS].next(now), "pointer": pointer}
        return new_job(text, app[JOB_TYPES], now=now, **facts, **marks(request))
    except Problem as problem:  # its body alone is kept: the exception would keep all that was decoded
        problem.errors = problem.errors[:MAX_ERRORS_A_JOB]
        return problem.body


def _present(entry: Entry, standing: Standing | None) -> dict[str, Any]:
    if not isinstance(entry, Job):
        return {"problem": entry}
    if standing is None:
        return {"status": entry.status}
    stands = standing.get(entry.id)
    if stands is not None:
        return standing_jobs.entry(stands)
    return {"jobId": entry.id, "status": entry.status}
