"""Webhooks: subscriptions to what happens to the tenant's jobs."""

import secrets
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.bodies import JSON, read_json
from api_service.decoding import json_object
from api_service.idempotency import take_no_key
from api_service.keys import CALLBACKS, IDS, SETTINGS, STORE
from api_service.limits import MEDIA_TYPES
from api_service.problem_types import IDEMPOTENCY_KEY_NOT_HEEDED, TOO_MANY_WEBHOOKS, WEBHOOK_NOT_FOUND
from api_service.routes import Answer, Body, Operation, delete, get, patch, post
from api_service.schemas.webhooks import NewWebhookSchema, WebhookAnswerSchema, WebhooksSchema
from api_service.validation import invalid, load
from api_service.views import rfc3339
from shared.errors import WebhookNotFound
from shared.ids import is_id
from shared.schemas.webhooks import RotationSchema, WebhookChangeSchema, WebhookSchema
from shared.signing import USUAL, new_secret
from shared.store import webhooks
from shared.webhooks import ENDS, Secret, Webhook

PATH = "/api/webhooks"
BY_REQUEST = "Somebody has disabled it."
_NEW, _CHANGE, _ROTATION = WebhookSchema(), WebhookChangeSchema(), RotationSchema()


async def create(request: web.Request) -> web.Response:
    """`POST /api/webhooks`: 201 with the secret, this once."""
    take_no_key(request)
    asked, store = await _read(request, _NEW), request.app[STORE]
    now, secret = store.now(), new_secret(secrets.token_bytes(USUAL))
    blank = Webhook(
        rev=0,
        id=request.app[IDS].next(now),
        tenant=tenant(request),
        url=asked["url"],
        events=ENDS,
        secrets=(Secret(secret),),
        created_at=now,
    )
    hook = await webhooks.add(store.link, _changed(blank, asked, now))
    return answer_json({**present(hook), "secret": secret}, 201, {"Location": f"{PATH}/{hook.id}"})


async def list_webhooks(request: web.Request) -> web.Response:
    """`GET /api/webhooks`."""
    found = await webhooks.every(request.app[STORE].link, tenant(request))
    return answer_json({"webhooks": [present(hook) for hook in found]})


async def view(request: web.Request) -> web.Response:
    """`GET /api/webhooks/{id}`."""
    return answer_json(present(await addressed(request)))


async def change(request: web.Request) -> web.Response:
    """`PATCH /api/webhooks/{id}`: to enable one forgets how it has failed."""
    id = webhook_id(request)
    asked, store = await _read(request, _CHANGE, MEDIA_TYPES), request.app[STORE]
    now = store.now()
    hook = await webhooks.change(store.link, tenant(request), id, lambda hook: _changed(hook, asked, now))
    return answer_json(present(hook))


async def remove(request: web.Request) -> web.Response:
    """`DELETE /api/webhooks/{id}`: what waits to be delivered is not."""
    await webhooks.remove(request.app[STORE].link, tenant(request), webhook_id(request))
    return web.Response(status=204)


async def rotate(request: web.Request) -> web.Response:
    """`POST /api/webhooks/{id}/rotate-secret`: both sign for a while; one that was replaced before does not."""
    id, store = webhook_id(request), request.app[STORE]
    asked = await _read(request, _ROTATION) if request.body_exists else _ROTATION.load({})
    until = store.now() + asked["overlap"] * 1000
    secret = new_secret(secrets.token_bytes(USUAL))

    def verb(hook: Webhook) -> Webhook:
        return replace(hook, secrets=(Secret(secret), Secret(hook.secrets[0].value, until)))

    hook = await webhooks.change(store.link, tenant(request), id, verb)
    return answer_json({**present(hook), "secret": secret})


async def addressed(request: web.Request) -> Webhook:
    """The webhook that a request is about. Raises `WebhookNotFound`."""
    return await webhooks.find(request.app[STORE].link, tenant(request), webhook_id(request))


def webhook_id(request: web.Request) -> str:
    """Its id. Raises `WebhookNotFound` for what could not be one."""
    asked = request.match_info["id"]
    if not is_id(asked):
        raise WebhookNotFound(asked)
    return asked


ID = {"id": "The webhook's id."}
_WEBHOOK = f"{PATH}/{{id}}"

ROUTES = (
    post(
        PATH,
        create,
        Operation(
            "createWebhook",
            Role.OPERATOR,
            "Subscribe to what happens to jobs.",
            (Answer(201, "It is in force. Its secret is not shown again.", NewWebhookSchema, headers=("Location",)),),
            body=Body("Where to tell what.", WebhookSchema),
            refusals=(TOO_MANY_WEBHOOKS, IDEMPOTENCY_KEY_NOT_HEEDED),
        ),
    ),
    get(
        PATH,
        list_webhooks,
        Operation("listWebhooks", Role.VIEWER, "List the webhooks.", (Answer(200, "All of them.", WebhooksSchema),)),
    ),
    get(
        _WEBHOOK,
        view,
        Operation(
            "getWebhook",
            Role.VIEWER,
            "Read a webhook.",
            (Answer(200, "The webhook, without its secret.", WebhookAnswerSchema),),
            path=ID,
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
    patch(
        _WEBHOOK,
        change,
        Operation(
            "changeWebhook",
            Role.OPERATOR,
            "Change, disable or enable a webhook.",
            (Answer(200, "The webhook, as it is now.", WebhookAnswerSchema),),
            path=ID,
            body=Body("A JSON merge patch (RFC 7396).", WebhookChangeSchema, MEDIA_TYPES),
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
    delete(
        _WEBHOOK,
        remove,
        Operation(
            "deleteWebhook",
            Role.OPERATOR,
            "Remove a webhook.",
            (Answer(204, "It tells nothing more."),),
            path=ID,
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
    post(
        f"{_WEBHOOK}/rotate-secret",
        rotate,
        Operation(
            "rotateWebhookSecret",
            Role.OPERATOR,
            "Give a webhook a new secret.",
            (Answer(200, "The webhook, with its new secret, this once.", NewWebhookSchema),),
            "Until the `overlap` is over, deliveries are signed with both: `webhook-signature` has two signatures.",
            path=ID,
            body=Body("How long the old one lives; may be left out.", RotationSchema, is_required=False),
            refusals=(WEBHOOK_NOT_FOUND,),
        ),
    ),
)


async def _read(request: web.Request, schema: Any, media_types: tuple[str, ...] = (JSON,)) -> dict[str, Any]:  # noqa: ANN401 - any schema
    text = await read_json(request, request.app[SETTINGS].max_body, media_types)
    asked, errors = load(schema, json_object(text))
    if not errors and "url" in asked:
        errors = request.app[CALLBACKS].errors_of_url(asked["url"], "/url")
    if errors:
        raise invalid(errors)
    found: dict[str, Any] = asked
    return found


def _changed(hook: Webhook, asked: dict[str, Any], now: int) -> Webhook:
    facts: dict[str, Any] = {name: tuple(asked[name] or ()) for name in ("types", "queues", "tags") if name in asked}
    facts |= {name: asked[name] or "" for name in ("url", "description") if name in asked}
    if "events" in asked:
        facts["events"] = tuple(dict.fromkeys(asked["events"] or ENDS))
    if asked.get("enabled") is True:
        facts |= {"disabled": None, "disabled_at": None, "failing_since": None}
    elif asked.get("enabled") is False and hook.disabled is None:
        facts |= {"disabled": BY_REQUEST, "disabled_at": now}
    return replace(hook, **facts)


def present(hook: Webhook) -> dict[str, Any]:
    """As callers see it: without its secrets."""
    path = f"{PATH}/{hook.id}"
    return {
        "id": hook.id,
        "url": hook.url,
        "events": hook.events,
        "types": hook.types,
        "queues": hook.queues,
        "tags": hook.tags,
        "description": hook.description,
        "enabled": hook.disabled is None,
        "disabledReason": hook.disabled,
        "disabledAt": rfc3339(hook.disabled_at),
        "failingSince": rfc3339(hook.failing_since),
        "createdAt": rfc3339(hook.created_at),
        "links": {
            "self": path,
            "deliveries": f"{path}/deliveries",
            "test": f"{path}/test",
            "rotate": f"{path}/rotate-secret",
        },
    }
