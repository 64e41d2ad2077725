"""What can be done with a schedule, and what it does: pause it, resume it, run it now, its ticks to come and gone."""

from itertools import islice

from aiohttp import web

from api_service import views
from api_service.access import Role
from api_service.answers import answer_json
from api_service.handlers.schedules import ID, asked_for, write
from api_service.handlers.submissions import LINKS, MESSAGE
from api_service.idempotency import take_no_key
from api_service.keys import IDS, STORE
from api_service.problem_types import IDEMPOTENCY_KEY_NOT_HEEDED, SCHEDULE_NOT_FOUND
from api_service.queries import read_query
from api_service.routes import Answer, Operation, get, post
from api_service.scheduling import PATH, present, present_entry
from api_service.schemas.jobs import SubmittedSchema
from api_service.schemas.schedules import HistorySchema, NextTicksSchema, ScheduleSchema
from shared.job import Job
from shared.schedules import Schedule, Step, paused, run_now
from shared.schemas.schedules import NextQuerySchema
from shared.store import schedules

_QUERY = NextQuerySchema()


async def pause(request: web.Request) -> web.Response:
    """`POST /api/schedules/{id}/pause`: 200 once there are no ticks for now. Again is harmless."""
    return await _pause(request, is_paused=True)


async def resume(request: web.Request) -> web.Response:
    """`POST /api/schedules/{id}/resume`: 200; the next tick is one that is yet to come. Again is harmless."""
    return await _pause(request, is_paused=False)


async def run(request: web.Request) -> web.Response:
    """`POST /api/schedules/{id}/run`: 202 as a submission's, whether it is paused or not, whatever else runs."""
    take_no_key(request)
    store, ids, made = request.app[STORE], request.app[IDS], list[Job]()

    def verb(old: Schedule) -> Step:
        now = store.now()
        step = run_now(old, ids.next(now), now)
        made[:] = step.jobs
        return step

    await write(request, verb)
    (job,) = made
    body = {"message": MESSAGE, "jobId": job.id, "status": job.status}
    return answer_json(body, 202, {"Location": views.job_path(job.id)})


async def next_ticks(request: web.Request) -> web.Response:
    """`GET /api/schedules/{id}/next`: the ticks that are to come, as if it were not paused."""
    count = read_query(request, _QUERY)["count"]
    schedule, now = await asked_for(request), request.app[STORE].now()
    begin = now if schedule.paused or schedule.next_run_at is None else schedule.next_run_at - 1
    ticks = islice(schedule.timing.ticks(begin), count)
    return answer_json({"times": [views.rfc3339(tick) for tick in ticks]})


async def history(request: web.Request) -> web.Response:
    """`GET /api/schedules/{id}/history`: what became of its ticks, the newest first."""
    schedule = await asked_for(request)
    entries = await schedules.history(request.app[STORE].link, schedule.id)
    return answer_json({"entries": [present_entry(entry) for entry in entries]})


async def _pause(request: web.Request, *, is_paused: bool) -> web.Response:
    store = request.app[STORE]
    schedule = await write(request, lambda old: Step(paused(old, store.now(), is_paused=is_paused)))
    return answer_json(present(schedule))


ROUTES = (
    post(
        f"{PATH}/{{id}}/pause",
        pause,
        Operation(
            "pauseSchedule",
            Role.OPERATOR,
            "Pause a schedule.",
            (Answer(200, "There are no ticks for now.", ScheduleSchema),),
            "Again is harmless.",
            path=ID,
            refusals=(SCHEDULE_NOT_FOUND,),
        ),
    ),
    post(
        f"{PATH}/{{id}}/resume",
        resume,
        Operation(
            "resumeSchedule",
            Role.OPERATOR,
            "Resume a schedule.",
            (Answer(200, "Its ticks come again.", ScheduleSchema),),
            "What came while it was paused is not made up for. Again is harmless.",
            path=ID,
            refusals=(SCHEDULE_NOT_FOUND,),
        ),
    ),
    post(
        f"{PATH}/{{id}}/run",
        run,
        Operation(
            "runSchedule",
            Role.SUBMITTER,
            "Submit a job of a schedule now.",
            (Answer(202, "The store holds the job.", SubmittedSchema, headers=("Location",), links=LINKS),),
            "Beside its ticks, also while it is paused, and whatever `overlap` says.",
            path=ID,
            refusals=(SCHEDULE_NOT_FOUND, IDEMPOTENCY_KEY_NOT_HEEDED),
        ),
    ),
    get(
        f"{PATH}/{{id}}/next",
        next_ticks,
        Operation(
            "listNextTicks",
            Role.VIEWER,
            "Tell when a schedule will run.",
            (Answer(200, "Its next ticks.", NextTicksSchema),),
            "As if it were not paused, and without jitter.",
            path=ID,
            query=NextQuerySchema,
            refusals=(SCHEDULE_NOT_FOUND,),
        ),
    ),
    get(
        f"{PATH}/{{id}}/history",
        history,
        Operation(
            "listTicks",
            Role.VIEWER,
            "Tell what became of a schedule's ticks.",
            (Answer(200, "The newest first.", HistorySchema),),
            path=ID,
            refusals=(SCHEDULE_NOT_FOUND,),
        ),
    ),
)
