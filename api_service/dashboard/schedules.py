"""Schedules: list them, look at one, make one, and what can be done with it."""

from functools import cache, partial
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Raw

from api_service.access import Role
from api_service.answers import encode
from api_service.dashboard import schema_form
from api_service.dashboard.asking import ask, ask_text, do
from api_service.dashboard.forms import Form, read_form
from api_service.dashboard.job import laid_out
from api_service.dashboard.pages import Page, render, see
from api_service.decoding import json_members, json_value
from api_service.json_schema import json_schema
from api_service.problems import Problem
from shared.schemas.schedules import NewScheduleSchema

FIRST = ("name", "cron", "every", "timeZone")  # are shown at once


async def list_schedules(request: web.Request) -> web.Response:
    """`GET /schedules`."""
    token = request.query.get("pageToken", "")
    page = await ask(request, "listSchedules", [("pageToken", token)] if token else [])
    return render(request, "schedules.html", schedules=page["schedules"], next=page["nextPageToken"])


async def view(request: web.Request) -> web.Response:
    """`GET /schedules/{id}`: with its ticks to come and gone."""
    text = await ask_text(request, "getSchedule")
    job = json_members(bytes(json_members(text)["job"]))
    return render(
        request,
        "schedule.html",
        schedule=msgspec.json.decode(text),
        payload=laid_out(job["payload"]),
        ticks=(await ask(request, "listNextTicks"))["times"],
        history=(await ask(request, "listTicks"))["entries"],
    )


async def blank(request: web.Request) -> web.Response:
    """`GET /schedules/new`."""
    types = (await ask(request, "listJobTypes"))["jobTypes"]
    chosen = next((each for each in types if each["name"] == request.query.get("type")), types[0])
    job = {"type": chosen["name"], "payload": chosen["example"]}
    return _form(request, Form({"job": msgspec.json.format(encode(job), indent=2).decode()}), None, types)


async def make(request: web.Request) -> web.Response:
    """`POST /schedules`."""
    form = await read_form(request)
    try:
        job = form.get("job", "").encode()
        json_value(job, "/job")
        answer = await do(request, "createSchedule", encode({**schema_form.read(_fields(), form), "job": Raw(job)}))
    except Problem as problem:
        if not problem.errors and problem.title != "Malformed JSON":
            raise
        return _form(request, form, problem, (await ask(request, "listJobTypes"))["jobTypes"])
    return see(f"/schedules/{answer['id']}", "schedule-made")


async def act(request: web.Request, operation: str, notice: str) -> web.Response:
    """What takes nothing but the schedule."""
    await read_form(request)
    answer = await do(request, operation)
    if operation == "runSchedule":
        return see(f"/jobs/{answer['jobId']}", "submitted")
    return see("/schedules" if operation == "deleteSchedule" else f"/schedules/{request.match_info['id']}", notice)


@cache
def _fields() -> list[schema_form.Field]:
    schema = json_schema(NewScheduleSchema())
    made = schema_form.fields(schema, schema, {}, "", leave_out=("job",))
    return sorted(made, key=lambda field: FIRST.index(field.label) if field.label in FIRST else len(FIRST))


def _form(request: web.Request, form: Form, problem: Problem | None, types: Any) -> web.Response:  # noqa: ANN401
    return render(
        request,
        "schedule_new.html",
        200 if problem is None else problem.status,
        form=form,
        fields=_fields(),
        first=FIRST,
        types=types,
        problem=problem,
        errors=schema_form.beside(_fields(), problem),
        live="",
    )


PAGES = (
    Page("GET", "/schedules", list_schedules),
    Page("POST", "/schedules", make),
    Page("GET", "/schedules/new", blank, Role.SUBMITTER),
    Page("GET", "/schedules/{id}", view),
    Page("POST", "/schedules/{id}/pause", partial(act, operation="pauseSchedule", notice="schedule-paused")),
    Page("POST", "/schedules/{id}/resume", partial(act, operation="resumeSchedule", notice="schedule-resumed")),
    Page("POST", "/schedules/{id}/run", partial(act, operation="runSchedule", notice="submitted")),
    Page("POST", "/schedules/{id}/delete", partial(act, operation="deleteSchedule", notice="schedule-deleted")),
)
