"""Submit a job: a form that is made of the type's schema and begins with its example, or the payload as JSON."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Raw

from api_service.access import Role
from api_service.answers import encode
from api_service.dashboard import options, schema_form
from api_service.dashboard.asking import ask, do, stream_in
from api_service.dashboard.forms import Form, read_form
from api_service.dashboard.pages import Page, render, see
from api_service.dashboard.schema_form import Field
from api_service.decoding import json_value
from api_service.problems import Problem


async def blank(request: web.Request) -> web.Response:
    """`GET /submit`: which type; or the form of one."""
    types = (await ask(request, "listJobTypes"))["jobTypes"]
    name = request.query.get("type", "")
    job_type = next((each for each in types if each["name"] == name), None)
    if job_type is None:
        return render(request, "submit.html", types=types, job_type=None, live="")
    return _shown(request, job_type, Form(request.query), None)


async def submit(request: web.Request) -> web.Response:
    """`POST /submit`: sent again, by an impatient hand, it is submitted once."""
    form = await read_form(request)
    types = (await ask(request, "listJobTypes"))["jobTypes"]
    job_type = next((each for each in types if each["name"] == form.get("type")), None)
    if job_type is None:
        raise Problem(404, "Job type not found", "There is no such job type.")
    try:
        body = encode({"type": job_type["name"], **_asked(job_type, form)})
        answer = await do(request, "submitJob", body, headers={"Idempotency-Key": form.get("once") or _once()})
    except Problem as problem:
        if not problem.errors and problem.title != "Malformed JSON":
            raise
        return _shown(request, job_type, form, problem)
    return see(f"/jobs/{answer['jobId']}", "submitted")


async def upload(request: web.Request) -> web.StreamResponse:
    """`POST /files`: the raw body, which the script sends for a field that wants a file."""
    return await stream_in(request, "uploadFile")


def _asked(job_type: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The submission that was written, without its type."""
    if "payload" in form:
        text = form["payload"].encode()
        json_value(text, "/payload")
        payload: Any = Raw(text)
    else:
        payload = schema_form.read(_fields(job_type, form), form)
        if variant := form.get("operation"):
            payload = {"operation": variant, **payload}
    chosen = schema_form.read(options.blank(), form)
    return {"payload": payload, **({"options": chosen} if chosen else {})}


def _fields(job_type: Mapping[str, Any], form: Mapping[str, str]) -> Sequence[Field]:
    """Of the payload. Of a type with several operations, those of the one that was chosen."""
    schema, example = job_type["payload"], job_type["example"]
    known = schema_form.variants(schema)
    if known:
        variant, example = known.get(_operation(job_type, form), next(iter(known.values())))
        return schema_form.fields(variant, schema, example, "/payload", leave_out=("operation",))
    return schema_form.fields(schema, schema, example, "/payload")


def _operation(job_type: Mapping[str, Any], form: Mapping[str, str]) -> str:
    return form.get("operation") or str(job_type["example"].get("operation", ""))


def _shown(request: web.Request, job_type: Mapping[str, Any], form: Form, problem: Problem | None) -> web.Response:
    variants = schema_form.variants(job_type["payload"])
    operation = _operation(job_type, form)
    fields = _fields(job_type, form)
    as_json = "payload" in form or form.get("as") == "json"
    example = variants[operation][1] if operation in variants else job_type["example"]
    return render(
        request,
        "submit.html",
        200 if problem is None else problem.status,
        job_type=job_type,
        form=form,
        fields=fields,
        options=options.blank(),
        operations=list(variants),
        operation=operation if variants else "",
        about=variants[operation][0].get("description", "") if operation in variants else "",
        as_json=as_json,
        payload=form.get("payload") or msgspec.json.format(encode(example), indent=2).decode(),
        once=_once(),
        problem=problem,
        errors=schema_form.beside([*fields, *options.blank()], problem),
        are_options_open=options.are_told_of(form, problem),
        live="",
    )


def _once() -> str:
    return secrets.token_hex(16)


PAGES = (
    Page("GET", "/submit", blank, Role.SUBMITTER),
    Page("POST", "/submit", submit),
    Page("POST", "/files", upload),
)
