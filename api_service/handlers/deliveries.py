"""What a webhook told: the log of its deliveries, one sent again, a test."""

from typing import Any

from aiohttp import web

from api_service import views
from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.handlers.webhooks import ID, PATH, addressed
from api_service.keys import IDS, PAGE_TOKENS, STORE
from api_service.problem_types import DELIVERY_NOT_FOUND, STATUS_FORBIDS, WEBHOOK_NOT_FOUND
from api_service.problems import Problem
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get, post
from api_service.schemas.webhooks import DeliveriesSchema, DeliveryAnswerSchema
from api_service.views import rfc3339
from shared import lifecycle
from shared.codec import decode
from shared.errors import JobNotFound
from shared.ids import is_id
from shared.job import QUEUED, Job, Status
from shared.names import WEBHOOKS
from shared.schemas.webhooks import DeliveriesQuerySchema
from shared.store import JobFilter
from shared.webhooks import TEST, Delivery, Webhook, body, delivery_job, event_id, read_delivery

_QUERY = DeliveriesQuerySchema()


async def list_deliveries(request: web.Request) -> web.Response:
    """`GET /api/webhooks/{id}/deliveries`. A page may be short, even empty, and yet have a next one."""
    hook, asked = await addressed(request), read_query(request, _QUERY)
    tokens, whose, condition = request.app[PAGE_TOKENS], tenant(request), {"webhook": hook.id}
    after = await tokens.read(whose, condition, asked["page_token"]) if asked["page_token"] else ""
    wanted = JobFilter(tags=(hook.id,), page_size=asked["page_size"], after=after)
    page = await request.app[STORE].page(WEBHOOKS, wanted)
    token = None if page.next is None else await tokens.make(whose, condition, page.next)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    deliveries = [_present(hook, view.job) for view in page.jobs]
    return answer_json({"deliveries": deliveries, "nextPageToken": token}, headers=headers)


async def redeliver(request: web.Request) -> web.Response:
    """`POST .../deliveries/{delivery}/redeliver`: another delivery of the same, under its `webhook-id`."""
    hook, id = await addressed(request), request.match_info["delivery"]
    old = await _find(request, hook, id)
    lifecycle.check_finished("deliver again", old)
    return await _send(request, hook, read_delivery(old.payload))


async def test(request: web.Request) -> web.Response:
    """`POST /api/webhooks/{id}/test`: an event that tells of no job."""
    hook, store = await addressed(request), request.app[STORE]
    now = store.now()
    text = body(TEST, now, {"webhookId": hook.id, "message": "A test, which somebody has asked for."})
    made = event_id(request.app[IDS].next(now), 0)
    return await _send(
        request, hook, Delivery(event=TEST, event_id=made, body=text, tenant=hook.tenant, webhook_id=hook.id)
    )


_SENT = Answer(202, "It is going to be sent.", DeliveryAnswerSchema)

ROUTES = (
    get(
        f"{PATH}/{{id}}/deliveries",
        list_deliveries,
        Operation(
            "listDeliveries",
            Role.VIEWER,
            "List what a webhook told, the newest first.",
            (Answer(200, "A page of deliveries.", DeliveriesSchema, sometimes=("Link",)),),
            "They are kept for three days, those that failed for fourteen. Of what the receiver answers, the first 256"
            " bytes are kept, escaped.",
            path=ID,
            query=DeliveriesQuerySchema,
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
    post(
        f"{PATH}/{{id}}/deliveries/{{delivery}}/redeliver",
        redeliver,
        Operation(
            "redeliver",
            Role.OPERATOR,
            "Send again what has been delivered, or could not be.",
            (_SENT,),
            path={**ID, "delivery": "The delivery's id."},
            refusals=(WEBHOOK_NOT_FOUND, DELIVERY_NOT_FOUND, STATUS_FORBIDS),
        ),
    ),
    post(
        f"{PATH}/{{id}}/test",
        test,
        Operation(
            "testWebhook",
            Role.OPERATOR,
            "Send a webhook a test.",
            (_SENT,),
            path=ID,
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
)


async def _find(request: web.Request, hook: Webhook, id: str) -> Job:
    missing = Problem(404, "Delivery not found", f"The webhook has no delivery {id!r}.")
    if not is_id(id):
        raise missing
    try:
        found = (await request.app[STORE].view(WEBHOOKS, id)).job
    except JobNotFound as error:
        raise missing from error
    if hook.id not in found.tags:
        raise missing
    return found


async def _send(request: web.Request, hook: Webhook, delivery: Delivery) -> web.Response:
    store = request.app[STORE]
    now = store.now()
    job = delivery_job(delivery, now, now, request.app[IDS].next(now))
    await store.submit([job])
    return answer_json(_present(hook, job), 202)


def _present(hook: Webhook, job: Job) -> dict[str, Any]:
    delivery = read_delivery(job.payload)
    result = decode(job.result) if job.status is Status.COMPLETED else {}
    links = {"redeliver": f"{PATH}/{hook.id}/deliveries/{job.id}/redeliver"}
    return {
        "id": job.id,
        "event": delivery.event,
        "eventId": delivery.event_id,
        "status": job.status,
        "statusCode": result.get("statusCode"),
        "answer": result.get("answer"),
        "createdAt": rfc3339(job.created_at),
        "completedAt": rfc3339(job.completed_at),
        "nextAttemptAt": rfc3339(job.run_at) if job.status in QUEUED else None,
        "attempts": views.attempts(job),
        "body": delivery.body,
        "links": {**links, **({"job": views.job_path(delivery.job_id)} if delivery.job_id else {})},
    }
