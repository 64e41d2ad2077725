"""Events: what happens to one job, or to many, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html says how they are written, and what a browser does.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web

from api_service.access import Role, tenant
from api_service.addressed import ID, job_id, whole
from api_service.answers import encode
from api_service.keys import LIVE, STORE
from api_service.live import Listener, Live, News
from api_service.problem_types import JOB_NOT_FOUND
from api_service.problems import Problem
from api_service.routes import Answer, Operation, get
from api_service.validation import invalid, load
from api_service.views import PATH, rfc3339
from shared.job import FINISHED
from shared.schemas.events import EventFilterSchema
from shared.store.events import LOG, PROGRESS, Event

STREAM = "text/event-stream"
HEARTBEAT = 10.0  # seconds
RECONNECT = b"retry: 2000\n\n"  # ms after which a browser comes back
BEAT = b":\n\n"
RESET = "reset"

_NUMBER = re.compile(r"[0-9]{1,16}")
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would hold events back
_FILTER = EventFilterSchema()
_WORK = frozenset({PROGRESS, LOG})

Present = Callable[[], Awaitable[tuple[Any, bool]]]  # what stands in for lost events, and whether nothing will follow


async def of_job(request: web.Request) -> web.StreamResponse:
    """`GET /api/jobs/{id}/events`: its history, then what comes, until it has ended. 204 to one who knows the end."""
    asked, after, whose = job_id(request), _last_event_id(request), tenant(request)
    live, store = request.app[LIVE], request.app[STORE]
    found = await store.view(whose, asked)

    async def present() -> tuple[Any, bool]:
        now = await store.view(whose, asked)
        return await whole(request, now), now.job.status in FINISHED

    with live.listening(lambda event: event.tenant == whose, asked) as listener:
        await live.ready()
        past = live.past(listener, after or 0)
        is_whole = live.has_all_since(after) if after is not None else bool(past) and past[0].event.rev == 1
        if is_whole and found.job.status in FINISHED and not _statuses(past):
            return web.Response(status=204)
        return await _stream(request, listener, past if is_whole else None, present)


async def of_many(request: web.Request) -> web.StreamResponse:
    """`GET /api/events`: what happens to all jobs that are asked for, for as long as the caller stays."""
    wants, after, live = _wanted(request), _last_event_id(request), request.app[LIVE]

    async def present() -> tuple[Any, bool]:
        return {"message": "Some events are gone. List the jobs again to see how they stand."}, False

    with live.listening(wants) as listener:
        await live.ready()
        is_whole = after is None or live.has_all_since(after)
        return await _stream(request, listener, live.past(listener, after or 0) if is_whole else None, present)


_NEWS = (
    "Each event has the number of the event as its `id`, and is named after the job's new status, or `progress` or"
    " `log`. Give the number of the last one back as `Last-Event-ID`, as browsers do, and none is missing; where some"
    " are gone, `reset` comes first. A comment comes every ten seconds."
)
_ANSWER = Answer(200, "Events, as they happen.", media_types=(STREAM,), headers=tuple(_HEADERS))

ROUTES = (
    get(
        f"{PATH}/{{id}}/events",
        of_job,
        Operation(
            "streamJobEvents",
            Role.VIEWER,
            "Follow a job.",
            (_ANSWER, Answer(204, "The job has ended, and the caller has seen it end: there will be no more.")),
            f"The stream ends with the job. {_NEWS} The data of `reset` is the job.",
            path=ID,
            headers=("Last-Event-ID",),
            refusals=(JOB_NOT_FOUND,),
        ),
    ),
    get(
        "/api/events",
        of_many,
        Operation(
            "streamEvents",
            Role.VIEWER,
            "Follow many jobs.",
            (_ANSWER,),
            _NEWS,
            query=EventFilterSchema,
            headers=("Last-Event-ID",),
        ),
    ),
)


def _last_event_id(request: web.Request) -> int | None:
    written = request.headers.get("Last-Event-ID", "")
    if not written:
        return None
    if not _NUMBER.fullmatch(written):
        raise Problem(400, "Bad Request", "Last-Event-ID must be the id of an event, such as 1795522787601000.")
    return int(written)


def _wanted(request: web.Request) -> Callable[[Event], bool]:
    asked, errors = load(_FILTER, {name: request.query.getall(name) for name in request.query})
    if errors:
        raise invalid(errors)
    whose, types, queues, tags = tenant(request), *(frozenset(asked[name]) for name in ("type", "queue", "tag"))

    def wants(event: Event) -> bool:
        return (
            event.tenant == whose
            and (not types or event.type in types)
            and (not queues or event.queue in queues)
            and tags.issubset(event.tags)
        )

    return wants


async def _stream(
    request: web.Request, listener: Listener, past: Sequence[News] | None, present: Present
) -> web.StreamResponse:
    """`past` comes first; if it is None, events are lost."""
    response = web.StreamResponse(headers=_HEADERS)
    response.content_type = STREAM
    await response.prepare(request)
    if request.method == "GET":
        with suppress(ConnectionResetError):  # the listener has gone
            await _tell(request.app[LIVE], response, listener, past, present)
    return response


async def _tell(
    live: Live, response: web.StreamResponse, listener: Listener, past: Sequence[News] | None, present: Present
) -> None:
    listener.catch_up()  # `past` has all that was heard until now
    listener.is_behind, news = past is None, past or ()
    await response.write(RECONNECT)
    while not live.is_closed:
        if listener.is_behind:
            listener.catch_up()
            number = live.newest
            data, is_over = await present()
            await response.write(_frame(RESET, number, data))
        else:
            await response.write(b"".join(map(_told, news)) or BEAT)
            is_over = listener.job_id is not None and any(each.is_end for each in _statuses(news)[-1:])
        if is_over:
            return
        await listener.wait(HEARTBEAT)
        news = () if listener.is_behind else listener.take()


def _statuses(news: Sequence[News]) -> list[News]:
    """Without what the job told of its work, which may come a moment after its end."""
    return [each for each in news if each.event.what not in _WORK]


def _told(news: News) -> bytes:
    event = news.event
    if event.what in _WORK:
        return _frame(event.what, news.number, {"jobId": event.job_id, "at": rfc3339(news.at), event.what: event.more})
    data = {
        "jobId": event.job_id,
        "status": event.what,
        "type": event.type,
        "queue": event.queue,
        "tags": event.tags,
        "at": rfc3339(news.at),
    }
    return _frame(event.what, news.number, data)


def _frame(name: str, number: int, data: Any) -> bytes:  # noqa: ANN401 - what JSON can hold
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), encode(data))
