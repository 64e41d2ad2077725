"""Diagnostics: whether the deployment is as it should be, and what to do where it is not."""

import asyncio
import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from api_service import diagnosis
from api_service.access import Role
from api_service.answers import answer_json
from api_service.diagnosis import Check, Disk
from api_service.handlers.health import unserved_queues
from api_service.keys import JOB_TYPES, SETTINGS, STORE
from api_service.routes import Answer, Operation, get
from api_service.schemas.diagnostics import DiagnosisSchema
from shared.errors import StoreUnavailable
from shared.files.places import directory_at
from shared.store.inspection import inspect
from shared.version import version


async def diagnose(request: web.Request) -> web.Response:
    """`GET /api/diagnostics`: 200 whatever is found, also while the store is away."""
    settings = request.app[SETTINGS]
    directory = directory_at(settings.files_url)
    checks = [
        *await _of_store(request),
        *([] if directory is None else [diagnosis.of_disk(await asyncio.to_thread(_disk, directory))]),
        diagnosis.of_link(settings),
        diagnosis.of_access(settings),
    ]
    return answer_json({"status": diagnosis.worst(checks), "checks": [asdict(check) for check in checks]})


ROUTES = (
    get(
        "/api/diagnostics",
        diagnose,
        Operation(
            "diagnose",
            Role.ADMIN,
            "Check the deployment: store, persistence, memory, clocks, workers, disk, access.",
            (Answer(200, "What was found, be it good or bad.", DiagnosisSchema),),
            "Each check has a `status` (`ok`, `warning`, `failed`) and, where that is not `ok`, a `fix`.",
            uses_store=False,
        ),
    ),
)


async def _of_store(request: web.Request) -> tuple[Check, ...]:
    store, job_types = request.app[STORE], request.app[JOB_TYPES]
    try:
        began = time.monotonic()
        found = await inspect(store.link)
        here, took = time.time_ns() // 1_000_000, (time.monotonic() - began) * 1000
        unserved = await unserved_queues(store, job_types)
    except StoreUnavailable as error:
        fix = "Start it, or have REDIS_URL say where it is. Jobs that were accepted are kept there."
        return (Check("store", "failed", str(error), fix),)
    return (
        Check("store", "ok", f"It answers; all of this took {took:.0f} ms."),
        *diagnosis.of_store(found, here),
        diagnosis.of_job_types(found, job_types),
        diagnosis.of_queues(unserved),
        diagnosis.of_releases(found, version() or "unknown"),
    )


def _disk(directory: Path) -> Disk:
    """Of the directory, or of that in which it is to be made."""
    path = directory.absolute()
    while not path.exists():
        path = path.parent
    usage = shutil.disk_usage(path)
    return Disk(str(path), usage.free, usage.total, os.access(path, os.W_OK | os.X_OK))
