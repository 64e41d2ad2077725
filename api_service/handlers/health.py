"""Health: whether the process runs, and whether it can do its work."""

from typing import Any

from aiohttp import web

from api_service.answers import answer_json
from api_service.keys import JOB_TYPES, STORE
from api_service.views import rfc3339
from shared.store import WorkerInfo


async def live(_: web.Request) -> web.Response:
    """`GET /health/live`: the process runs."""
    return answer_json({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """`GET /health/ready`: the store answers. Also which workers live, and what an operator should look at."""
    store = request.app[STORE]
    workers = await store.workers()
    served = {type for worker in workers for type in worker.types}
    body = {
        "status": "ready",
        "workers": [_present(worker) for worker in workers],
        "unservedJobTypes": sorted(request.app[JOB_TYPES].keys() - served),
        "warnings": await store.warnings(),
    }
    return answer_json(body)


ROUTES = (web.get("/health/live", live), web.get("/health/ready", ready))


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
