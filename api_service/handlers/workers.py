"""Workers: what each of them is and does, and have one drained."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from api_service.access import Role, tenant
from api_service.answers import answer_json
from api_service.keys import STORE
from api_service.problem_types import WORKER_NOT_FOUND
from api_service.problems import Problem
from api_service.routes import Answer, Operation, get, post
from api_service.schemas.fleet import WorkerSchema, WorkersSchema
from api_service.views import job_path, rfc3339
from shared.store import WorkerInfo
from shared.store.views import RunningJob

PATH = "/api/workers"


async def list_workers(request: web.Request) -> web.Response:
    """`GET /api/workers`: those that were heard lately."""
    workers = await request.app[STORE].workers()
    return answer_json({"workers": [_present(worker, tenant(request)) for worker in workers]})


async def drain(request: web.Request) -> web.Response:
    """`POST /api/workers/{id}/drain`: 202 once the worker is told to. Telling it again changes nothing."""
    id, store = request.match_info["id"], request.app[STORE]
    for worker in await store.workers():
        if worker.id == id:
            await store.send(id, {"drain": True})
            return answer_json(_present(worker, tenant(request)), 202)
    raise Problem(404, "Worker not found", "No such worker was heard in the last ten seconds.")


ROUTES = (
    get(
        PATH,
        list_workers,
        Operation(
            "listWorkers",
            Role.VIEWER,
            "List the workers.",
            (
                Answer(
                    200,
                    "Those that were heard lately.",
                    WorkersSchema,
                    links={"drainWorker": "$response.body#/workers/0/id"},
                ),
            ),
        ),
    ),
    post(
        f"{PATH}/{{id}}/drain",
        drain,
        Operation(
            "drainWorker",
            Role.ADMIN,
            "Have a worker take no more jobs, and end.",
            (Answer(202, "The worker is told to.", WorkerSchema),),
            "Telling it again changes nothing.",
            path={"id": "The worker's id."},
            refusals=(WORKER_NOT_FOUND,),
        ),
    ),
)


def _present(worker: WorkerInfo, whose: str) -> dict[str, Any]:
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "version": worker.version,
        "queues": worker.queues,
        "types": worker.types,
        "slots": worker.slots,
        "running": worker.running,
        "jobs": [_running(job) for job in worker.jobs if job.tenant == whose],
        "memory": worker.memory or None,
        "draining": worker.draining,
        "startedAt": rfc3339(worker.started_at),
        "links": {"drain": f"{PATH}/{quote(worker.id, safe=':')}/drain"},
    }


def _running(job: RunningJob) -> dict[str, Any]:
    links = {"self": job_path(job.job_id)}
    return {"jobId": job.job_id, "type": job.type, "since": rfc3339(job.since), "links": links}
