"""Bulk actions: the same thing done with all jobs that fit, in the background."""

from typing import Any

from aiohttp import web
from msgspec import Raw

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.bodies import read_json
from api_service.bulk import jobs_of
from api_service.decoding import json_members, json_object
from api_service.idempotency import take_no_key
from api_service.keys import BULKS, IDS, SETTINGS, STORE
from api_service.problem_types import BULK_NOT_FOUND, IDEMPOTENCY_KEY_NOT_HEEDED
from api_service.problems import Problem
from api_service.routes import Answer, Body, Operation, get, post
from api_service.schemas.bulk import BulkActionSchema, BulkCountSchema
from api_service.validation import invalid, load
from api_service.views import rfc3339
from shared.ids import is_id
from shared.schemas.bulk import BulkSchema
from shared.store.bulks import Action, Bulk, find, save
from shared.store.listing import count
from shared.store.walk import Place

PATH = "/api/bulk"
COUNTED_WITHIN = 1.0  # seconds
_BULK = BulkSchema()


async def submit(request: web.Request) -> web.Response:
    """`POST /api/bulk`: 202 once it will be done, whatever becomes of this process; 200 if it is only asked about."""
    take_no_key(request)
    text = await read_json(request, request.app[SETTINGS].max_body)
    asked, errors = load(_BULK, json_object(text))
    if errors:
        raise invalid(errors)
    action, filter = Action(asked["action"]), json_members(text).get("filter", Raw(b"{}"))
    matched, is_exact = await _count(request, action, filter)
    if asked["dry_run"]:
        return answer_json({"action": action, "filter": filter, "matched": matched, "isExact": is_exact})
    bulk = _new(request, action, filter, matched)
    await save(request.app[STORE].link, bulk, 0)
    request.app[BULKS].wake()
    return answer_json(_present(bulk), 202, {"Location": f"{PATH}/{bulk.id}"})


async def view(request: web.Request) -> web.Response:
    """`GET /api/bulk/{id}`."""
    id = request.match_info["id"]
    found = await find(request.app[STORE].link, tenant(request), id) if is_id(id) else None
    if found is None:
        raise Problem(404, "Bulk action not found", f"There is no bulk action {id!r}.")
    return answer_json(_present(found))


ROUTES = (
    post(
        PATH,
        submit,
        Operation(
            "submitBulk",
            Role.OPERATOR,
            "Cancel, retry, replay or delete all jobs that fit.",
            (
                Answer(200, "With `dryRun`: how many jobs it would touch.", BulkCountSchema),
                Answer(
                    202,
                    "It is done in the background.",
                    BulkActionSchema,
                    headers=("Location",),
                    links={"getBulk": "$response.body#/id"},
                ),
            ),
            "Jobs that are submitted later are left alone, and so are those whose status does not allow it.",
            body=Body("What to do, and with which jobs.", BulkSchema),
            refusals=(IDEMPOTENCY_KEY_NOT_HEEDED,),
        ),
    ),
    get(
        f"{PATH}/{{id}}",
        view,
        Operation(
            "getBulk",
            Role.VIEWER,
            "Read how far a bulk action is.",
            (Answer(200, "The bulk action. It is kept for a day after its end.", BulkActionSchema),),
            path={"id": "The bulk action's id, as its submission answered it."},
            refusals=(BULK_NOT_FOUND,),
        ),
    ),
)


async def _count(request: web.Request, action: Action, filter: Raw) -> tuple[int, bool]:
    wanted = jobs_of(action, bytes(filter))
    if wanted is None:
        return 0, True
    return await count(request.app[STORE].link, tenant(request), wanted, COUNTED_WITHIN)


def _new(request: web.Request, action: Action, filter: Raw, matched: int) -> Bulk:
    now = request.app[STORE].now()
    id = request.app[IDS].next(now)
    return Bulk(
        rev=0,
        id=id,
        tenant=tenant(request),
        action=action,
        filter=filter,
        created_at=now,
        matched=matched,
        after=str(Place(0, id)),
    )


def _present(bulk: Bulk) -> dict[str, Any]:
    return {
        "id": bulk.id,
        "action": bulk.action,
        "filter": bulk.filter,
        "status": bulk.status,
        "matched": bulk.matched,
        "done": bulk.done,
        "failed": bulk.failed,
        "skipped": bulk.skipped,
        "createdAt": rfc3339(bulk.created_at),
        "startedAt": rfc3339(bulk.started_at),
        "endedAt": rfc3339(bulk.ended_at),
        "links": {"self": f"{PATH}/{bulk.id}"},
    }
