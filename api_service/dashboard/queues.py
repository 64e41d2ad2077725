"""Queues and job types: how they stand, pause and limit them."""

from functools import partial

from aiohttp import web
from msgspec import Raw

from api_service.answers import encode
from api_service.dashboard.asking import ask, do, may
from api_service.dashboard.forms import read_form
from api_service.dashboard.pages import Page, render, see
from api_service.decoding import json_value

LIMITS = ("maxRunning", "maxStartsPerSecond")


async def view(request: web.Request) -> web.Response:
    """`GET /queues`. Only an admin sees the queues, which all tenants share; the types are for all."""
    sees_queues = may(request, "listQueues")
    return render(
        request,
        "queues.html",
        queues=(await ask(request, "listQueues"))["queues"] if sees_queues else [],
        types=(await ask(request, "listJobTypes"))["jobTypes"],
        sees_queues=sees_queues,
    )


async def change(request: web.Request, operation: str, notice: str) -> web.Response:
    """What the form says of pauses and limits; an empty limit is none."""
    form, changes = await read_form(request), {}
    if form.get("paused") in {"true", "false"}:
        changes["paused"] = Raw(form["paused"].encode())
    for name in LIMITS:
        if name in form:
            text = form[name].strip() or "null"
            json_value(text.encode(), f"/{name}")
            changes[name] = Raw(text.encode())
    await do(request, operation, encode(changes))
    return see("/queues", notice)


PAGES = (
    Page("GET", "/queues", view),
    Page("POST", "/queues/{name}", partial(change, operation="changeQueue", notice="queue-changed")),
    Page("POST", "/job-types/{name}", partial(change, operation="changeJobType", notice="type-changed")),
)
