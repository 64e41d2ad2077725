"""Replays: another job that does the work of one that has ended again."""

from functools import partial

from aiohttp import web
from msgspec.structs import replace

from api_service import views
from api_service.access import Role, tenant
from api_service.addressed import ID, job_id
from api_service.bodies import read_json
from api_service.handlers.submissions import LINKS, take
from api_service.idempotency import Ticket, done_once
from api_service.keys import CALLBACKS, IDS, JOB_TYPES, SETTINGS, STORE
from api_service.preferences import Preferences, preferences
from api_service.problem_types import (
    IDEMPOTENCY_KEY_MALFORMED,
    IDEMPOTENCY_KEY_REUSED,
    JOB_NOT_FOUND,
    REQUEST_IN_FLIGHT,
    STATUS_FORBIDS,
    SUBTREE_TOO_LARGE,
)
from api_service.replaying import Changes, read_changes, submission
from api_service.routes import Answer, Body, Operation, post
from api_service.schemas.jobs import EndedJobSchema, SubmittedSchema
from api_service.submissions import new_job
from api_service.tracing import marks
from shared import lifecycle
from shared.schemas.acting import ReplaySchema


async def replay(request: web.Request) -> web.Response:
    """`POST /api/jobs/{id}/replay`: answered as the submission of the new job would be."""
    text = await read_json(request, request.app[SETTINGS].max_body) if request.body_exists else b""
    changes = read_changes(text)
    return await done_once(request, text, partial(_replay, request, changes, preferences(request)))


ROUTES = (
    post(
        f"{views.PATH}/{{id}}/replay",
        replay,
        Operation(
            "replayJob",
            Role.OPERATOR,
            "Submit another job like one that has ended.",
            (
                Answer(
                    200,
                    "The new job ended while the caller waited (`Prefer: wait=N`); or another one stands for it.",
                    (EndedJobSchema, SubmittedSchema),
                    sometimes=("Location", "Content-Location", "Preference-Applied"),
                ),
                Answer(
                    202,
                    "The store holds the new job. Its `replayOf` names the other one.",
                    SubmittedSchema,
                    headers=("Location", "Retry-After"),
                    sometimes=("Preference-Applied",),
                    links=LINKS,
                ),
            ),
            "It has the payload and the options of the other one, but for what the body says; times and `dedup` are"
            " not taken over. It waits for the jobs that the other one waited for, and is run with what they came to.",
            path=ID,
            body=Body("What is to be otherwise; may be left out.", ReplaySchema, is_required=False),
            headers=("Prefer", "Idempotency-Key", "X-Request-ID", "traceparent"),
            refusals=(
                JOB_NOT_FOUND,
                STATUS_FORBIDS,
                SUBTREE_TOO_LARGE,
                IDEMPOTENCY_KEY_MALFORMED,
                REQUEST_IN_FLIGHT,
                IDEMPOTENCY_KEY_REUSED,
            ),
        ),
    ),
)


async def _replay(request: web.Request, changes: Changes, asked: Preferences, ticket: Ticket | None) -> web.Response:
    app, whose = request.app, tenant(request)
    found = await app[STORE].view(whose, job_id(request))
    old = found.job
    lifecycle.check_finished("replay", old)
    now = app[STORE].now()
    text = submission(old, changes, found.children)
    job = new_job(
        text, app[JOB_TYPES], callbacks=app[CALLBACKS], tenant=whose, id=app[IDS].next(now), now=now, **marks(request)
    )
    return await take(request, [replace(job, replay_of=old.id)], asked, ticket)
