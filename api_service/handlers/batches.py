"""Batches: many jobs in one request. Between jobs, other requests get their turn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from api_service import standing as standing_jobs
from api_service.access import Role
from api_service.answers import answer_json
from api_service.batch_bodies import LINES, Batch, read_batch
from api_service.bodies import JSON, read_json, too_large
from api_service.dependencies import check, reader
from api_service.flows import Reader
from api_service.idempotency import HEADER, MOST_JOBS, Taken, Ticket, check_key, done_once
from api_service.keys import IDS, SETTINGS, STORE
from api_service.problem_types import IDEMPOTENCY_KEY_MALFORMED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_FLIGHT
from api_service.problems import FieldError, Problem
from api_service.queries import read_query
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import BatchSubmittedSchema
from api_service.turns import Turns
from api_service.validation import invalid
from shared.job import Job
from shared.schemas.jobs import MAX_BATCH_JOBS, BatchSchema
from shared.schemas.submitting import LinesSchema
from shared.store import Standing
from shared.store.submitting import NONE_STAND

BATCH_FACTOR = 16  # a batch may be so many times as large as a job
MAX_ERRORS_A_JOB = 10  # of ten thousand jobs, a hundred each would be too many
_QUERY = LinesSchema()

Entry = list[Job] | dict[str, Any]  # a job, behind its children; or the body of the problem that refuses them


@dataclass(frozen=True)
class Flow:
    """What a batch asks for: an entry for each of its jobs, and the job that waits for all of them, if there is one."""

    entries: Sequence[Entry]
    completion: Job | None

    @property
    def jobs(self) -> list[Job]:
        """All that are good, each before the one that waits for it."""
        found = [job for entry in self.entries if isinstance(entry, list) for job in entry]
        return [*found, self.completion] if self.completion else found

    @property
    def good(self) -> int:
        """How many entries are."""
        return sum(isinstance(entry, list) for entry in self.entries)


async def submit(request: web.Request) -> web.Response:
    """`POST /api/jobs/batch`: 202 with one entry for each job, in order, once the store holds the good ones."""
    query = read_query(request, _QUERY)
    limit = request.app[SETTINGS].max_body * BATCH_FACTOR
    text = await read_json(request, limit, (JSON, LINES))
    batch = read_batch(text, request.content_type, is_atomic=query["atomic"])
    if (batch.is_atomic or HEADER in request.headers) and len(batch.jobs) > MOST_JOBS:
        _check_size(batch.jobs, is_keyed=HEADER in request.headers)
    if query["validate_only"]:
        check_key(request)
        flow = await _read(request, batch)
        return _answer(f"{flow.good} of {len(flow.entries)} jobs are valid; nothing was submitted", flow, 200)
    return await done_once(request, text, partial(_submit, request, batch))


def _check_size(jobs: Sequence[object], *, is_keyed: bool) -> None:
    """What is written in one step is bounded. Raises a 422 `Problem`."""
    if len(jobs) > MOST_JOBS:
        why = "With an Idempotency-Key" if is_keyed else "All or none"
        detail = f"{why}, a batch may have at most {MOST_JOBS:,} jobs, with all their children."
        raise invalid([FieldError("/jobs", "length", detail)])


async def _submit(request: web.Request, batch: Batch, ticket: Ticket | None) -> web.Response:
    store, flow = request.app[STORE], await _read(request, batch)
    jobs = flow.jobs
    if ticket is not None or batch.is_atomic:
        _check_size(jobs, is_keyed=ticket is not None)
    answer = _submitted(flow, NONE_STAND)
    if ticket is not None:
        taken, standing = await store.submit_at_once(jobs, ticket.once(answer))
        if taken:
            raise Taken(taken)
    elif batch.is_atomic:
        _, standing = await store.submit_at_once(jobs)
    else:
        standing = await store.submit(jobs)
    return _submitted(flow, standing) if standing else answer


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


def _submitted(flow: Flow, standing: Standing) -> web.Response:
    return _answer(f"{flow.good} of {len(flow.entries)} jobs submitted successfully", flow, 202, standing)


def _answer(message: str, flow: Flow, status: int, standing: Standing | None = None) -> web.Response:
    """`standing`: of jobs that were submitted."""
    answer: dict[str, Any] = {"message": message, "jobs": [_present(entry, standing) for entry in flow.entries]}
    if flow.completion is not None:
        answer |= {"completion": _present([flow.completion], standing)}
    return answer_json(answer, status)


async def _read(request: web.Request, batch: Batch) -> Flow:
    """Raises a 422 `Problem` if it is all or none, and one is bad; half of what another job waits for is of no use."""
    app = request.app
    completion = app[IDS].next(app[STORE].now()) if batch.completion is not None else None
    entries, turns, left, asked = [], Turns(), MAX_BATCH_JOBS, Counter[str]()
    for index, text in enumerate(batch.jobs):
        entry = await _entry(request, bytes(text), f"/jobs/{index}", reader(request, left, asked), turns, completion)
        left -= len(entry) if isinstance(entry, list) else 1
        entries.append(entry)
    bad = [entry for entry in entries if not isinstance(entry, list)]
    if bad and (batch.is_atomic or completion):
        raise invalid([error for entry in bad for error in entry.get("errors", ())])
    return Flow(entries, _completion(request, batch, completion))


def _completion(request: web.Request, batch: Batch, id: str | None) -> Job | None:
    if id is None or batch.completion is None:
        return None
    return reader(request).waiting(bytes(batch.completion), "/completion", id, len(batch.jobs))


async def _entry(
    request: web.Request, text: bytes, pointer: str, jobs: Reader, turns: Turns, parent: str | None
) -> Entry:
    limit = request.app[SETTINGS].max_body
    try:
        if len(text) > limit:
            raise too_large(limit, pointer)
        found = await turns.through(jobs.read(text, pointer, parent))
        await check(request, jobs)
    except Problem as problem:  # its body alone is kept: the exception would keep all that was decoded
        problem.errors = problem.errors[:MAX_ERRORS_A_JOB]
        return problem.body
    return found


def _present(entry: Entry, standing: Standing | None) -> dict[str, Any]:
    if not isinstance(entry, list):
        return {"problem": entry}
    job = entry[-1]
    if standing is None:
        return {"status": job.status}
    stands = standing.get(job.id)
    if stands is not None:
        return standing_jobs.entry(stands)
    return {"jobId": job.id, "status": job.status}
