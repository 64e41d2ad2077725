"""Queues: how they stand, pause or limit one."""

from typing import Any

from aiohttp import web

from api_service import limits
from api_service.access import Role
from api_service.answers import answer_json
from api_service.keys import STORE
from api_service.problem_types import QUEUE_NOT_FOUND
from api_service.problems import Problem
from api_service.routes import Answer, Body, Operation, get, patch
from api_service.schemas.fleet import QueueSchema, QueuesSchema
from shared.job import Status
from shared.names import NAME_RULE, is_queue
from shared.schemas.control import LimitsPatchSchema
from shared.store import QueueInfo
from shared.store.control import of_queue

PATH = "/api/queues"


async def list_queues(request: web.Request) -> web.Response:
    """`GET /api/queues`: those that have jobs or limits or that a worker serves, and the default one."""
    store = request.app[STORE]
    now = store.now()
    return answer_json({"queues": [_present(queue, now) for queue in await store.queues()]})


async def view(request: web.Request) -> web.Response:
    """`GET /api/queues/{name}`."""
    name = request.match_info["name"]
    store = request.app[STORE]
    for queue in await store.queues():
        if queue.name == name:
            return answer_json(_present(queue, store.now()))
    raise Problem(404, "Queue not found", "No job waits or is kept, no limit is set, and no worker serves there.")


async def change(request: web.Request) -> web.Response:
    """`PATCH /api/queues/{name}`: 200 once no worker begins a job against it. The queue need not have jobs yet."""
    name = request.match_info["name"]
    if not is_queue(name):
        raise Problem(404, "Queue not found", f"A queue is called by {NAME_RULE}, and not our own.")
    store = request.app[STORE]
    await store.set_limits(of_queue(name), await limits.read_changes(request))
    (queue,) = (found for found in await store.queues(name) if found.name == name)
    return answer_json(_present(queue, store.now()))


_NAME = {"name": "The queue."}

ROUTES = (
    get(
        PATH,
        list_queues,
        Operation(
            "listQueues",
            Role.ADMIN,
            "List the queues: how deep, how fast, paused or limited.",
            (
                Answer(
                    200, "Those that have jobs or limits or that a worker serves, and the default one.", QueuesSchema
                ),
            ),
        ),
    ),
    get(
        f"{PATH}/{{name}}",
        view,
        Operation(
            "getQueue",
            Role.ADMIN,
            "Read a queue.",
            (Answer(200, "The queue.", QueueSchema),),
            path=_NAME,
            refusals=(QUEUE_NOT_FOUND,),
        ),
    ),
    patch(
        f"{PATH}/{{name}}",
        change,
        Operation(
            "changeQueue",
            Role.ADMIN,
            "Pause, resume or limit a queue.",
            (Answer(200, "No worker begins a job against it.", QueueSchema),),
            "The queue need not have jobs yet.",
            path=_NAME,
            body=Body(limits.ABOUT, LimitsPatchSchema, limits.MEDIA_TYPES),
            refusals=(QUEUE_NOT_FOUND,),
        ),
    ),
)


def _present(queue: QueueInfo, now: int) -> dict[str, Any]:
    return {
        "name": queue.name,
        **limits.present(queue.limits),
        "depth": {status: queue.depth.get(status, 0) for status in Status},
        "oldestWaitSeconds": None if queue.oldest_due is None else max(0, now - queue.oldest_due) / 1000,
        "ratePerSecond": {"in": round(queue.rates.into, 3), "out": round(queue.rates.out, 3)},
        "estimatedWaitSeconds": None if queue.estimated_wait is None else round(queue.estimated_wait, 1),
        "workers": queue.workers,
        "links": {"self": f"{PATH}/{queue.name}"},
    }
