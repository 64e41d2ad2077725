"""Webhooks: make one, see what it told, and what can be done with it and its deliveries."""

from functools import partial
from typing import Any

from aiohttp import web

from api_service.answers import encode
from api_service.dashboard.asking import ask, do
from api_service.dashboard.forms import Form, read_form, words
from api_service.dashboard.pages import Page, render, see
from api_service.problems import Problem
from shared.webhooks import ENDS, EVENTS


async def list_webhooks(request: web.Request) -> web.Response:
    """`GET /webhooks`."""
    return await _list(request, Form(), None)


async def make(request: web.Request) -> web.Response:
    """`POST /webhooks`: shows the secret, this once."""
    form = await read_form(request)
    asked: dict[str, Any] = {"url": form.get("url", "").strip(), "events": form.getall("events", list(ENDS))}
    asked |= {name: found for name in ("types", "queues", "tags") if (found := words(form.get(name, "")))}
    if description := form.get("description", "").strip():
        asked["description"] = description
    try:
        made = await do(request, "createWebhook", encode(asked))
    except Problem as problem:
        if not problem.errors:
            raise
        return await _list(request, form, problem)
    return render(request, "webhook_secret.html", hook=made, live="")


async def view(request: web.Request) -> web.Response:
    """`GET /webhooks/{id}`: with the newest deliveries."""
    token = request.query.get("pageToken", "")
    page = await ask(request, "listDeliveries", [("pageToken", token)] if token else [])
    hook = await ask(request, "getWebhook")
    return render(request, "webhook.html", hook=hook, deliveries=page["deliveries"], next=page["nextPageToken"])


async def change(request: web.Request, *, is_enabled: bool) -> web.Response:
    """`POST /webhooks/{id}/enable`, `.../disable`."""
    await read_form(request)
    await do(request, "changeWebhook", encode({"enabled": is_enabled}))
    return see(f"/webhooks/{request.match_info['id']}", "webhook-changed")


async def rotate(request: web.Request) -> web.Response:
    """`POST /webhooks/{id}/rotate`: shows the new secret, this once."""
    await read_form(request)
    return render(request, "webhook_secret.html", hook=await do(request, "rotateWebhookSecret", b"{}"), live="")


async def act(request: web.Request, operation: str, notice: str) -> web.Response:
    """What takes nothing but the webhook, or one of its deliveries."""
    await read_form(request)
    await do(request, operation)
    return see("/webhooks" if operation == "deleteWebhook" else f"/webhooks/{request.match_info['id']}", notice)


async def _list(request: web.Request, form: Form, problem: Problem | None) -> web.Response:
    """With a form that is filled in as it was sent, and what was wrong with it beside its fields."""
    errors = {error.pointer.split("/")[1]: error.detail for error in problem.errors if error.pointer} if problem else {}
    return render(
        request,
        "webhooks.html",
        200 if problem is None else problem.status,
        hooks=(await ask(request, "listWebhooks"))["webhooks"],
        events=EVENTS,
        chosen=form.getall("events", []) if problem else ENDS,
        form=form,
        errors=errors,
        problem=problem,
    )


_HOOK = "/webhooks/{id}"

PAGES = (
    Page("GET", "/webhooks", list_webhooks),
    Page("POST", "/webhooks", make),
    Page("GET", _HOOK, view),
    Page("POST", f"{_HOOK}/enable", partial(change, is_enabled=True)),
    Page("POST", f"{_HOOK}/disable", partial(change, is_enabled=False)),
    Page("POST", f"{_HOOK}/rotate", rotate),
    Page("POST", f"{_HOOK}/test", partial(act, operation="testWebhook", notice="webhook-tested")),
    Page("POST", f"{_HOOK}/delete", partial(act, operation="deleteWebhook", notice="webhook-deleted")),
    Page("POST", f"{_HOOK}/deliveries/{{delivery}}", partial(act, operation="redeliver", notice="redelivered")),
)
