"""Changing a job: another place in its queue, other tags and metadata; or none at all, once it has ended."""

from functools import partial

from aiohttp import web

from api_service import subtrees
from api_service.access import Role, tenant
from api_service.addressed import ID, JOB, job_id, whole
from api_service.amending import Patch
from api_service.answers import encode, tag_of
from api_service.bodies import JSON, read_json
from api_service.keys import FILES, SETTINGS, STORE
from api_service.limits import MEDIA_TYPES
from api_service.preconditions import check_if_match, check_mark, mark
from api_service.problem_types import (
    JOB_HAS_CHANGED,
    JOB_IS_WAITED_FOR,
    JOB_NOT_FOUND,
    STATUS_FORBIDS,
    SUBTREE_TOO_LARGE,
)
from api_service.problems import Problem
from api_service.removing import remove_all
from api_service.routes import Answer, Body, Operation, delete, patch
from api_service.schemas.jobs import JobSchema
from shared import lifecycle
from shared.job import Job
from shared.schemas.acting import ActingSchema, AmendmentSchema
from shared.store.amending import amend as write
from shared.store.removal import Removal


async def amend(request: web.Request) -> web.Response:
    """`PATCH /api/jobs/{id}`: 200 with the job as it stands then, under its new ETag."""
    store = request.app[STORE]
    changes = Patch(await read_json(request, request.app[SETTINGS].max_body, MEDIA_TYPES))

    def verb(job: Job) -> Job:
        amended = lifecycle.amend(job, store.now(), changes.of(job))
        check_mark(request, job)
        return amended

    await store.change(tenant(request), job_id(request), verb, partial(write, store.link))
    found = await store.view(tenant(request), job_id(request))
    body = encode(await whole(request, found))
    headers = {"ETag": f'"{tag_of(body, mark(found.job))}"'}
    return web.Response(body=body, headers=headers, content_type=JSON)


async def remove(request: web.Request) -> web.Response:
    """`DELETE /api/jobs/{id}`: 204 once nothing of the job is left."""
    store, outcome = request.app[STORE], Removal.CHANGED
    is_subtree = subtrees.is_asked(request)
    while outcome is Removal.CHANGED:
        found = await store.view(tenant(request), job_id(request))
        job = found.job
        lifecycle.check_finished("delete", job)
        check_if_match(request, tag_of(encode(await whole(request, found)), mark(job)))
        if is_subtree:
            outcome = await subtrees.remove(store, request.app[FILES], job)
        else:
            (outcome,) = await remove_all(store, request.app[FILES], [job])
    if outcome is Removal.NEEDED:
        detail = f"A job waits for {job.id} that has not ended, and will ask for its result."
        raise Problem(409, "Job is waited for", detail)
    return web.Response(status=204)


ROUTES = (
    patch(
        JOB,
        amend,
        Operation(
            "changeJob",
            Role.OPERATOR,
            "Change a job that has not ended.",
            (Answer(200, "The job, as it stands now.", JobSchema, headers=("ETag",)),),
            "`priority` and `runAt` only while it waits; `tags` and `metadata` also while it runs.",
            path=ID,
            headers=("If-Match",),
            body=Body("A JSON merge patch (RFC 7396).", AmendmentSchema, MEDIA_TYPES),
            refusals=(JOB_NOT_FOUND, STATUS_FORBIDS, JOB_HAS_CHANGED),
        ),
    ),
    delete(
        JOB,
        remove,
        Operation(
            "deleteJob",
            Role.OPERATOR,
            "Remove a job that has ended.",
            (Answer(204, "Nothing of the job is left."),),
            path=ID,
            query=ActingSchema,
            headers=("If-Match",),
            refusals=(JOB_NOT_FOUND, STATUS_FORBIDS, JOB_HAS_CHANGED, JOB_IS_WAITED_FOR, SUBTREE_TOO_LARGE),
        ),
    ),
)
