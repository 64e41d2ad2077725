"""Replay a job: as it was, or with another payload and other options."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Raw

from api_service.access import Role
from api_service.answers import encode
from api_service.dashboard import options, schema_form
from api_service.dashboard.asking import ask_text, do
from api_service.dashboard.forms import Form, read_form
from api_service.dashboard.job import SHOWN, laid_out
from api_service.dashboard.pages import Page, render, see
from api_service.decoding import json_members, json_value
from api_service.problems import Problem

_NOT_OF_THE_FORM = {401, 403, 404}  # refusals that another form would meet, too


async def edit(request: web.Request) -> web.Response:
    """`GET /jobs/{id}/replay`: a form with what it was."""
    return await _form(request, Form(), None)


async def replay(request: web.Request) -> web.Response:
    """`POST /jobs/{id}/replay`: as it was, where the form says nothing else."""
    form = await read_form(request)
    try:
        changes = _changes(form)
        answer = await do(request, "replayJob", encode(changes) if changes else b"")
    except Problem as problem:
        if not form or problem.status in _NOT_OF_THE_FORM:
            raise
        return await _form(request, form, problem)
    return see(f"/jobs/{answer['jobId']}", "replayed")


def _changes(form: Form) -> Mapping[str, Any]:
    """What is to be otherwise. Raises a 4xx `Problem`."""
    changes: dict[str, Any] = {}
    if payload := form.get("payload", "").strip().encode():
        json_value(payload, "/payload")
        changes["payload"] = Raw(payload)
    chosen = schema_form.read(options.blank(), form)
    if options.TAGS in form:
        chosen.setdefault("tags", Raw(b"[]"))
    return {**changes, **({"options": chosen} if chosen else {})}


async def _form(request: web.Request, form: Form, problem: Problem | None) -> web.Response:
    text = await ask_text(request, "getJob")
    job, written = msgspec.json.decode(text), json_members(text)
    payload, own = written["payload"], options.like(job, written["metadata"])
    is_cut = len(bytes(payload)) > SHOWN
    whole = schema_form.Field("/payload", "payload", "json", "", is_required=True, value="")
    return render(
        request,
        "replay.html",
        200 if problem is None else problem.status,
        job=job,
        form=form,
        payload=form.get("payload", "" if is_cut else laid_out(payload)),
        is_cut=is_cut,
        options=own,
        are_options_open=options.are_told_of(Form(), problem),
        problem=problem,
        errors=schema_form.beside([whole, *own], problem),
        live="",
    )


PAGES = (
    Page("GET", "/jobs/{id}/replay", edit, Role.OPERATOR),
    Page("POST", "/jobs/{id}/replay", replay),
)
