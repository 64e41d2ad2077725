"""Job types: what this service takes, each with its schema and an example, and pause or limit one."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web
from msgspec import Raw

from api_service import limits
from api_service.access import Role
from api_service.answers import answer_cacheable, answer_json, encode
from api_service.json_schema import example, json_schema
from api_service.keys import CATALOGUE, STORE
from api_service.problem_types import JOB_TYPE_NOT_FOUND
from api_service.problems import Problem
from api_service.routes import Answer, Body, Operation, get, patch
from api_service.schemas.fleet import JobTypeLimitsSchema, JobTypesSchema
from api_service.views import policy
from shared.job_types import JobType
from shared.schemas.control import LimitsPatchSchema
from shared.store.control import of_type
from shared.store.views import NO_LIMITS

PATH = "/api/job-types"


async def list_types(request: web.Request) -> web.Response:
    """`GET /api/job-types`: with the limits that are in force now."""
    in_force = await request.app[STORE].limits()
    described = [
        {"name": name, **limits.present(in_force.get(of_type(name), NO_LIMITS)), **description}
        for name, description in request.app[CATALOGUE].items()
    ]
    return answer_cacheable(request, encode({"jobTypes": described}))


async def change(request: web.Request) -> web.Response:
    """`PATCH /api/job-types/{name}`: 200 once no worker begins a job against it."""
    name = request.match_info["name"]
    if name not in request.app[CATALOGUE]:
        raise Problem(404, "Job type not found", f"GET {PATH} lists the job types.")
    in_force = await request.app[STORE].set_limits(of_type(name), await limits.read_changes(request))
    return answer_json({"name": name, **limits.present(in_force)})


ROUTES = (
    get(
        PATH,
        list_types,
        Operation(
            "listJobTypes",
            Role.VIEWER,
            "List the job types: defaults, JSON Schemas, an example of each.",
            (Answer(200, "Every job type.", JobTypesSchema),),
            cacheable=True,
        ),
    ),
    patch(
        f"{PATH}/{{name}}",
        change,
        Operation(
            "changeJobType",
            Role.ADMIN,
            "Pause, resume or limit a job type.",
            (Answer(200, "No worker begins a job against it.", JobTypeLimitsSchema),),
            path={"name": "The job type."},
            body=Body(limits.ABOUT, LimitsPatchSchema, limits.MEDIA_TYPES),
            refusals=(JOB_TYPE_NOT_FOUND,),
        ),
    ),
)


def catalogue(job_types: Iterable[JobType]) -> Mapping[str, Mapping[str, Any]]:
    """What does not change as long as the service runs, by name; what is large is JSON already."""
    return {job_type.name: _describe(job_type) for job_type in sorted(job_types, key=lambda each: each.name)}


def _describe(job_type: JobType) -> dict[str, Any]:
    return {
        "summary": job_type.summary,
        "defaults": {
            "maxAttempts": job_type.max_attempts,
            "timeout": job_type.timeout,
            "queue": job_type.queue,
            "heartbeat": job_type.heartbeat,
        },
        "backoff": policy(job_type.retry),
        "payload": Raw(encode(json_schema(job_type.payload_schema))),
        "result": Raw(encode(json_schema(job_type.result()))) if job_type.result else None,
        "example": Raw(encode(example(job_type.payload_schema))),
    }
