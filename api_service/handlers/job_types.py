"""Job types: what this service takes, each with its schema and an example."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from api_service.answers import answer_cacheable, encode
from api_service.json_schema import example, json_schema
from api_service.keys import CATALOGUE
from shared.job_types import JobType


async def list_types(request: web.Request) -> web.Response:
    """`GET /api/job-types`."""
    return answer_cacheable(request, request.app[CATALOGUE])


ROUTES = (web.get("/api/job-types", list_types),)


def catalogue(job_types: Iterable[JobType]) -> bytes:
    """The body of the answer, the same as long as the service runs."""
    return encode({"jobTypes": [_present(job_type) for job_type in sorted(job_types, key=lambda each: each.name)]})


def _present(job_type: JobType) -> dict[str, Any]:
    return {
        "name": job_type.name,
        "summary": job_type.summary,
        "defaults": {"maxAttempts": job_type.max_attempts, "timeout": job_type.timeout},
        "retry": {"base": job_type.retry.base, "cap": job_type.retry.cap},
        "payload": json_schema(job_type.payload_schema),
        "result": json_schema(job_type.result()) if job_type.result else None,
        "example": example(job_type.payload_schema),
    }
