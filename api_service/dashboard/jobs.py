"""Jobs: the list with its filters, and what is done with several at once."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from api_service.access import tenant
from api_service.answers import encode
from api_service.dashboard.asking import ask, do, may
from api_service.dashboard.forms import read_form, words
from api_service.dashboard.pages import Page, render, see
from api_service.keys import CATALOGUE, STORE
from api_service.problems import Problem, problem_of
from shared.errors import DmpsError
from shared.ids import is_id
from shared.job import Status
from shared.schemas.bulk import ACTIONS
from shared.store import JobFilter
from shared.store.listing import count

MANY = ("status", "type", "queue", "tag")  # parameters that may be repeated
TIMES = ("createdAfter", "createdBefore", "completedAfter", "completedBefore")
ONCE = (*TIMES, "parentId")
COUNTED_WITHIN = 0.05  # seconds
OPERATION = {"cancel": "cancelJob", "retry": "retryJob", "replay": "replayJob", "delete": "deleteJob"}

Query = list[tuple[str, str]]


async def list_jobs(request: web.Request) -> web.Response:
    """`GET /jobs`: by every filter of the API; `id` leads to one job."""
    wanted = request.query.get("id", "").strip()
    if is_id(wanted):
        return see(f"/jobs/{wanted}")
    chosen = chosen_of(request.query)
    of_page = [(name, request.query[name]) for name in ("sort", "pageToken") if request.query.get(name)]
    page: Any = {"jobs": [], "nextPageToken": None}
    problem = None
    try:
        page = await ask(request, "listJobs", [*chosen, *of_page])
    except Problem as refusal:
        if not refusal.errors:
            raise
        problem = refusal
    return render(
        request,
        "jobs.html",
        jobs=page["jobs"],
        next=page["nextPageToken"],
        chosen=chosen,
        counts=await counts(request),
        types=list(request.app[CATALOGUE].keys()),
        problem=problem,
        wanted=wanted,
        actions=[action for action in ACTIONS if may(request, OPERATION[action])],
    )


async def counts(request: web.Request) -> dict[Status, int]:
    """How many jobs of the tenant there are, by status: the sizes of indexes."""
    link, whose = request.app[STORE].link, tenant(request)
    each = [count(link, whose, JobFilter(statuses=(status,)), COUNTED_WITHIN) for status in Status]
    return dict(zip(Status, (size for size, _ in await asyncio.gather(*each)), strict=True))


async def act(request: web.Request) -> web.Response:
    """`POST /jobs`: do something with those that are marked, or, once that is confirmed, with all that fit."""
    form = await read_form(request)
    action = form.get("action", "")
    if action not in ACTIONS:
        raise Problem(422, "Validation failed", f"The action must be one of {', '.join(ACTIONS)}.")
    chosen = chosen_of(form)
    if form.get("scope") == "all":
        return await _all(request, action, chosen, is_sure=form.get("sure") == "yes")
    ids = form.getall("id", [])
    return await _each(request, action, [id for id in ids if is_id(id)], chosen)


async def bulk(request: web.Request) -> web.Response:
    """`GET /bulk/{id}`: how far it is."""
    return render(request, "bulk.html", bulk=await ask(request, "getBulk"))


def chosen_of(given: Any) -> Query:  # noqa: ANN401 - a query or a form
    """The filter that was chosen, as the API wants it: nothing that is empty; times without a zone are UTC."""
    chosen = [("tag", word) for text in given.getall("tag", []) for word in words(text)]
    chosen += [(name, text.strip()) for name in MANY[:3] for text in given.getall(name, []) if text.strip()]
    for name in ONCE:
        if text := given.get(name, "").strip():
            chosen.append((name, in_utc(text) if name in TIMES else text))
    return chosen


def in_utc(text: str) -> str:
    """What a browser's `datetime-local` writes has neither a zone nor always seconds."""
    has_zone = text.endswith("Z") or "+" in text or text.count("-") > len("--")
    if has_zone:
        return text
    return f"{text}Z" if text.count(":") > 1 else f"{text}:00Z"


def filter_of(chosen: Query) -> Mapping[str, Any]:
    """The same as a bulk action has it."""
    many = {name: [value for each, value in chosen if each == name] for name in MANY}
    once = {name: value for name, value in chosen if name not in MANY}
    return {name: values for name, values in many.items() if values} | once


async def _all(request: web.Request, action: str, chosen: Query, *, is_sure: bool) -> web.Response:
    filter_ = filter_of(chosen)
    asked = {"action": action, "filter": filter_, "all": not filter_, "dryRun": not is_sure}
    answer = await do(request, "submitBulk", encode(asked))
    if is_sure:
        return see(f"/bulk/{answer['id']}")
    return render(request, "sure.html", action=action, chosen=chosen, answer=answer, live="")


async def _each(request: web.Request, action: str, ids: list[str], chosen: Query) -> web.Response:
    """One after the other; what cannot be done is told, and hinders nothing."""
    refusals: list[Problem] = []
    for id in ids:
        request.match_info["id"] = id
        try:
            await do(request, OPERATION[action])
        except (Problem, DmpsError) as error:
            refusals.append(problem_of(error))
    return render(
        request, "acted.html", action=action, done=len(ids) - len(refusals), refusals=refusals, chosen=chosen, live=""
    )


PAGES = (
    Page("GET", "/jobs", list_jobs),
    Page("POST", "/jobs", act),
    Page("GET", "/bulk/{id}", bulk),
)
