"""Schedules: make, list, read, change, remove one."""

from collections.abc import Callable

from aiohttp import web

from api_service.access import Role, tenant
from api_service.answers import answer_cacheable, answer_json, encode, tag_of
from api_service.bodies import JSON, read_json
from api_service.idempotency import take_no_key
from api_service.keys import CALLBACKS, IDS, JOB_TYPES, PAGE_TOKENS, SETTINGS, STORE
from api_service.limits import MEDIA_TYPES
from api_service.preconditions import check_schedule
from api_service.problem_types import IDEMPOTENCY_KEY_NOT_HEEDED, SCHEDULE_HAS_CHANGED, SCHEDULE_NOT_FOUND
from api_service.problems import Problem
from api_service.queries import read_query
from api_service.routes import Answer, Body, Operation, delete, get, patch, post
from api_service.scheduling import PATH, Rules, changed_schedule, mark, new_schedule, present
from api_service.schemas.schedules import ScheduleSchema, SchedulesSchema
from shared.ids import is_id
from shared.schedules import Schedule, Step
from shared.schemas.schedules import NewScheduleSchema, SchedulePatchSchema, SchedulesQuerySchema
from shared.store.schedules import find, page, remove, save

ID = {"id": "The schedule's id, as its creation answered it."}
_QUERY = SchedulesQuerySchema()
_LIST = {"of": "schedules"}  # what page tokens are good for


async def create(request: web.Request) -> web.Response:
    """`POST /api/schedules`: 201 once the store holds it."""
    take_no_key(request)
    app = request.app
    text = await read_json(request, app[SETTINGS].max_body)
    now = app[STORE].now()
    schedule = new_schedule(text, _rules(request), tenant=tenant(request), id=app[IDS].next(now), now=now)
    await save(app[STORE].link, Step(schedule))
    return answer_json(present(schedule), 201, {"Location": f"{PATH}/{schedule.id}"})


async def list_schedules(request: web.Request) -> web.Response:
    """`GET /api/schedules`: the newest first."""
    asked, tokens, whose = read_query(request, _QUERY), request.app[PAGE_TOKENS], tenant(request)
    after = await tokens.read(whose, _LIST, asked["page_token"]) if asked["page_token"] else ""
    found, place = await page(request.app[STORE].link, whose, asked["page_size"], after)
    token = None if place is None else await tokens.make(whose, _LIST, place)
    headers = {} if token is None else {"Link": f'<{request.rel_url.update_query(pageToken=token)}>; rel="next"'}
    return answer_json({"schedules": [present(each) for each in found], "nextPageToken": token}, headers=headers)


async def view(request: web.Request) -> web.Response:
    """`GET /api/schedules/{id}`."""
    schedule = await asked_for(request)
    return answer_cacheable(request, encode(present(schedule)), mark(schedule))


async def change(request: web.Request) -> web.Response:
    """`PATCH /api/schedules/{id}`: 200 with the schedule as it stands then."""
    app, rules = request.app, _rules(request)
    text = await read_json(request, app[SETTINGS].max_body, MEDIA_TYPES)

    def verb(old: Schedule) -> Step:
        new = changed_schedule(old, text, rules, app[STORE].now())
        check_schedule(request, mark(old))
        return Step(new)

    schedule = await write(request, verb)
    body = encode(present(schedule))
    headers = {"ETag": f'"{tag_of(body, mark(schedule))}"'}
    return web.Response(body=body, headers=headers, content_type=JSON)


async def delete_schedule(request: web.Request) -> web.Response:
    """`DELETE /api/schedules/{id}`: 204 once there are no ticks of it any more. Its jobs stay."""
    is_removed = False
    while not is_removed:
        schedule = await asked_for(request)
        check_schedule(request, mark(schedule))
        is_removed = await remove(request.app[STORE].link, schedule)
    return web.Response(status=204)


def _rules(request: web.Request) -> Rules:
    return Rules(request.app[JOB_TYPES], request.app[CALLBACKS])


async def asked_for(request: web.Request) -> Schedule:
    """The schedule that a request is about. Raises a 404 `Problem`."""
    id = request.match_info["id"]
    found = await find(request.app[STORE].link, tenant(request), id) if is_id(id) else None
    if found is None:
        raise Problem(404, "Schedule not found", f"There is no schedule {id!r}.")
    return found


async def write(request: web.Request, verb: Callable[[Schedule], Step]) -> Schedule:
    """Do something with it, anew to the fresh record whenever another write came first. Answers it as it stands."""
    while True:
        old = await asked_for(request)
        step = verb(old)
        if step.schedule is old or await save(request.app[STORE].link, step):
            return step.schedule


ROUTES = (
    post(
        PATH,
        create,
        Operation(
            "createSchedule",
            Role.SUBMITTER,
            "Have a job recur.",
            (
                Answer(
                    201,
                    "The store holds the schedule.",
                    ScheduleSchema,
                    headers=("Location",),
                    links={"getSchedule": "$response.body#/id"},
                ),
            ),
            "What holds for the job type now (`timeout`, `maxAttempts`, ...) holds for all jobs of the schedule, until"
            " its `job` is changed.",
            body=Body("When, and which job.", NewScheduleSchema),
            refusals=(IDEMPOTENCY_KEY_NOT_HEEDED,),
        ),
    ),
    get(
        PATH,
        list_schedules,
        Operation(
            "listSchedules",
            Role.VIEWER,
            "List the schedules, the newest first.",
            (Answer(200, "A page of schedules.", SchedulesSchema, sometimes=("Link",)),),
            query=SchedulesQuerySchema,
        ),
    ),
    get(
        f"{PATH}/{{id}}",
        view,
        Operation(
            "getSchedule",
            Role.VIEWER,
            "Read a schedule.",
            (Answer(200, "The schedule.", ScheduleSchema),),
            path=ID,
            refusals=(SCHEDULE_NOT_FOUND,),
            cacheable=True,
        ),
    ),
    patch(
        f"{PATH}/{{id}}",
        change,
        Operation(
            "changeSchedule",
            Role.OPERATOR,
            "Change a schedule.",
            (Answer(200, "The schedule, as it stands now.", ScheduleSchema, headers=("ETag",)),),
            "If its ticks are others then, it looks ahead from now on: what was due is nobody's.",
            path=ID,
            headers=("If-Match",),
            body=Body("A JSON merge patch (RFC 7396).", SchedulePatchSchema, MEDIA_TYPES),
            refusals=(SCHEDULE_NOT_FOUND, SCHEDULE_HAS_CHANGED),
        ),
    ),
    delete(
        f"{PATH}/{{id}}",
        delete_schedule,
        Operation(
            "deleteSchedule",
            Role.OPERATOR,
            "Remove a schedule and its history. Its jobs stay.",
            (Answer(204, "There are no ticks of it any more."),),
            path=ID,
            headers=("If-Match",),
            refusals=(SCHEDULE_NOT_FOUND, SCHEDULE_HAS_CHANGED),
        ),
    ),
)
