"""A job: all there is to know of it, and what can be done with it."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Raw

from api_service.answers import encode
from api_service.dashboard import graph, timeline
from api_service.dashboard.asking import ask, ask_text, do
from api_service.dashboard.forms import read_form, words
from api_service.dashboard.jobs import in_utc
from api_service.dashboard.pages import Page, render, see
from api_service.decoding import json_members
from shared.job import Priority

SHOWN = 65_536  # bytes of a payload or a result that are laid out
MOST_LINES = 200
MOST_FILES = 24

_decode = msgspec.json.Decoder().decode


async def view(request: web.Request) -> web.Response:
    """`GET /jobs/{id}`."""
    text = await ask_text(request, "getJob")
    job, written = _decode(text), json_members(text)
    tree = await ask(request, "getJobTree") if job["childCount"] else None
    log = await ask(request, "readLog", [("pageSize", str(MOST_LINES))])
    if log["nextOffset"]:
        last = max(0, log["total"] - MOST_LINES)
        log = await ask(request, "readLog", [("pageSize", str(MOST_LINES)), ("offset", str(last))])
    return render(
        request,
        "job.html",
        job=job,
        payload=laid_out(written["payload"]),
        result=laid_out(written["result"]),
        metadata=laid_out(written["metadata"]),
        files=list(files_of(job["result"], MOST_FILES)),
        tree=graph.drawn(tree) if tree else None,
        timeline=timeline.drawn(job),
        log=log,
        curl=_curl(request, job, written),
        live=f"/live?job={job['id']}",
    )


def laid_out(value: Raw) -> str:
    """JSON for people. What is very long comes as it was written, and not to its end."""
    text = bytes(value)
    if len(text) > SHOWN:
        return f"{text[: SHOWN // 4].decode(errors='ignore')} …"
    return "" if text == b"null" else msgspec.json.format(text, indent=2).decode()


def files_of(value: Any, most: int) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - any JSON
    """The files that a result names."""
    waiting, found = [value], 0
    while waiting and found < most:
        each = waiting.pop(0)
        if isinstance(each, dict) and isinstance(each.get("fileId"), str):
            found += 1
            yield each
        elif isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each[:most]


def _curl(request: web.Request, job: Mapping[str, Any], written: Mapping[str, Raw]) -> str:
    """The command that submits the same."""
    names = ("queue", "priority", "maxAttempts", "timeout")
    body = {"type": job["type"], "payload": written["payload"], "options": {name: job[name] for name in names}}
    text = encode(body).decode().replace("'", "'\\''")
    if len(text) > SHOWN:
        return ""
    return (
        f"curl {request.scheme}://{request.host}/api/jobs \\\n  -H 'Content-Type: application/json' \\\n  -d '{text}'"
    )


async def _simply(request: web.Request, operation: str, notice: str) -> web.Response:
    is_tree = bool((await read_form(request)).get("subtree"))
    await do(request, operation, query=[("subtree", "true")] if is_tree else [])
    notice = f"tree-{notice}" if is_tree else notice
    return see("/jobs" if operation == "deleteJob" else f"/jobs/{request.match_info['id']}", notice)


async def amend(request: web.Request) -> web.Response:
    """`POST /jobs/{id}/amend`: its priority, its tags, and when it is due: at `runAt`, or `now`."""
    form = await read_form(request)
    changes: dict[str, Any] = {"tags": words(form["tags"])} if "tags" in form else {}
    if form.get("priority") in set(Priority):
        changes["priority"] = form["priority"]
    if form.get("now"):
        changes["runAt"] = None
    elif due := form.get("runAt", "").strip():
        changes["runAt"] = in_utc(due)
    await do(request, "changeJob", encode(changes))
    return see(f"/jobs/{request.match_info['id']}", "amended")


PAGES = (
    Page("GET", "/jobs/{id}", view),
    Page("POST", "/jobs/{id}/amend", amend),
    Page("POST", "/jobs/{id}/cancel", partial(_simply, operation="cancelJob", notice="cancelled")),
    Page("POST", "/jobs/{id}/retry", partial(_simply, operation="retryJob", notice="retried")),
    Page("POST", "/jobs/{id}/delete", partial(_simply, operation="deleteJob", notice="deleted")),
)
