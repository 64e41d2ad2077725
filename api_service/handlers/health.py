"""Health: whether the process runs, and whether it can do its work."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from api_service.access import ANYONE
from api_service.answers import answer_json
from api_service.keys import GATE, JOB_TYPES, STOPPING, STORE
from api_service.problem_types import API_KEY_NOT_VALID, SERVICE_STOPPING
from api_service.problems import RETRY_AFTER, Problem
from api_service.routes import Answer, Operation, get
from api_service.schemas.fleet import LiveSchema, ReadySchema
from api_service.views import rfc3339
from shared.job import QUEUED
from shared.job_types import JobType
from shared.store import QueueInfo, Store, WorkerInfo


async def live(_: web.Request) -> web.Response:
    """`GET /health/live`: the process runs."""
    return answer_json({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """`GET /health/ready`: the store answers. Also which workers live, and what an operator should look at.

    Where API keys are in force, only whoever shows one is told more than that: the rest names machines and queues.
    Raises `Problem` 503 once the process was told to stop.
    """
    if request.app[STOPPING].is_set():
        raise Problem(503, "Service stopping", "It is about to end.", headers={"Retry-After": RETRY_AFTER})
    gate = request.app.get(GATE)
    if gate is not None and not await gate.knows(request):
        await request.app[STORE].synchronise()
        return answer_json({"status": "ready"})
    store, job_types = request.app[STORE], request.app[JOB_TYPES]
    workers = await store.workers()
    served = {type for worker in workers if not worker.draining for type in worker.types}
    body = {
        "status": "ready",
        "workers": [_present(worker) for worker in workers],
        "unservedJobTypes": sorted(job_types.keys() - served),
        "unservedQueues": await unserved_queues(store, job_types),
        "warnings": await store.warnings(),
    }
    return answer_json(body)


async def unserved_queues(store: Store, job_types: Mapping[str, JobType]) -> list[str]:
    """The queues in which jobs wait for nobody, or would."""
    queues = await store.queues(*(job_type.queue for job_type in job_types.values()))
    return [queue.name for queue in queues if not queue.workers and _is_used(queue, job_types)]


ROUTES = (
    get(
        "/health/live",
        live,
        Operation(
            "isLive", ANYONE, "Whether this process runs.", (Answer(200, "It does.", LiveSchema),), uses_store=False
        ),
    ),
    get(
        "/health/ready",
        ready,
        Operation(
            "isReady",
            ANYONE,
            "Whether the store answers, which workers live, and what to look at.",
            (Answer(200, "The store answers.", ReadySchema),),
            "Where API keys are in force, a caller without one is told the status alone.",
            refusals=(API_KEY_NOT_VALID, SERVICE_STOPPING),
        ),
    ),
)


def _is_used(queue: QueueInfo, job_types: Mapping[str, JobType]) -> bool:
    """Whether jobs wait there, or will: a job type waits there unless its caller says otherwise."""
    return any(queue.depth.get(status) for status in QUEUED) or any(
        job_type.queue == queue.name for job_type in job_types.values()
    )


def _present(worker: WorkerInfo) -> dict[str, Any]:
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "types": worker.types,
        "slots": worker.slots,
        "running": worker.running,
        "startedAt": rfc3339(worker.started_at),
    }
