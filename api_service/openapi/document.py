"""The document: OpenAPI 3.1.1 (https://spec.openapis.org/oas/v3.1.1), made once at the start."""

from collections.abc import Collection, Iterable
from typing import Any

from api_service.openapi.headers import HEADERS
from api_service.openapi.paths import KEY, Examples, paths_of, tag_of
from api_service.openapi.schemas import SUBMISSION, schemas_of, submission_of
from api_service.openapi.webhooks import webhooks
from api_service.routes import Route
from shared.job_types import JobType
from shared.version import version

ABOUT = (
    "A distributed message processing system: it takes jobs over HTTP and has them done by a fleet of workers.\n\n"
    "Every path that has GET has HEAD, and every path answers OPTIONS with 204 and the methods it has in `Allow`, as it"
    " does any other method with 405."
    " A path that is not here is answered 404, an `Expect` other than `100-continue` 417. Every refusal is a `Problem`"
    " (RFC 9457); what nobody planned is one of status 500. Members may be added to answers, so callers ignore those"
    " that they do not know; in requests, unknown members and parameters are refused. Times are RFC 3339 in UTC,"
    " durations seconds, links absolute paths. Any request may have an `X-Request-ID`, which its answer repeats. Where"
    " API keys are in force, each route tells the least role that may use it. Answers in text of more than 1 KiB are"
    " packed (gzip) for those who accept that."
)


_SECURITY = {
    KEY: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "dmps_ID_SECRET",
        "description": "An API key (RFC 6750). It belongs to a tenant, whose jobs and files alone it opens, and has a"
        " role: viewer, submitter, operator or admin, each of which may do whatever the one before it may.",
    }
}

_BULK = {
    "what failed": {"action": "retry", "filter": {"status": ["failed"], "type": ["calculation"]}, "dryRun": True},
    "all that waits or runs": {"action": "cancel", "all": True},
}


def document(routes: Iterable[Any], job_types: Collection[JobType], *, has_keys: bool = False) -> dict[str, Any]:
    """What the routes that are declared take and answer. `has_keys`: whether API keys are in force."""
    described = [route for route in routes if isinstance(route, Route)]
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "dmps",
            "version": version() or "unknown",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This service."}],
        "tags": [{"name": name} for name in dict.fromkeys(map(tag_of, described))],
        "paths": paths_of(described, _examples(job_types), has_keys=has_keys),
        "webhooks": webhooks(),
        "components": {
            "schemas": schemas_of(described, job_types),
            "headers": dict(HEADERS),
            "securitySchemes": _SECURITY,
        },
    }


def _examples(job_types: Iterable[JobType]) -> Examples:
    """The bodies that are easier to read than to make of their fields: one of each job type."""
    submissions = {job_type.name: submission_of(job_type) for job_type in job_types}
    jobs = list(submissions.values())
    flow = {**jobs[0], "children": jobs[1:]}
    schedules: dict[str, Any] = {"each night": {"cron": "30 2 * * *", "timeZone": "Europe/Berlin", "job": jobs[0]}}
    schedules["each minute"] = {"every": 60, "overlap": "queue", "job": jobs[0]}
    return {
        SUBMISSION: {**submissions, "with children": flow},
        "Batch": {
            "one of each type": {"jobs": jobs, "atomic": False},
            "with one that waits for the others": {"jobs": jobs[1:] or jobs, "completion": jobs[0]},
        },
        "Bulk": _BULK,
        "NewSchedule": schedules,
    }
