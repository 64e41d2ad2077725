"""The schemas of the document: those of the envelopes, and those of every job type."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema

from api_service.json_schema import COMPONENTS, components, definitions, example
from api_service.routes import Route
from api_service.schemas.problems import ProblemSchema
from api_service.schemas.told import JobToldSchema, TestToldSchema
from shared.job_types import JobType
from shared.schemas.jobs import TreeSchema

SUBMISSION = "Submission"

_TOLD = {"JobTold": JobToldSchema(), "TestTold": TestToldSchema()}

Schemas = dict[str, dict[str, Any]]


def name_of(schema: type[Schema]) -> str:
    """What a schema is called in the document."""
    return schema.__name__.removesuffix("Schema")


def reference(name: str) -> dict[str, str]:
    """Where a schema of the document is to be found."""
    return {"$ref": COMPONENTS + name}


def schemas_of(routes: Iterable[Route], job_types: Iterable[JobType]) -> Schemas:
    """Every schema that the routes take or answer, by name."""
    used = {name_of(schema): schema() for route in routes for schema in _used(route)}
    made = components({**used, "Problem": ProblemSchema(), **_TOLD, SUBMISSION: TreeSchema()})
    types = sorted(job_types, key=lambda each: each.name)
    envelope = made[SUBMISSION]
    envelope["properties"]["children"]["items"] = reference(SUBMISSION)
    for job_type in types:
        made.update(_of_type(job_type, envelope))
    made[SUBMISSION] = _one_of(types, envelope)
    made["Batch"]["properties"]["jobs"]["items"] = reference(SUBMISSION)
    made["Batch"]["properties"]["completion"] |= {"$ref": COMPONENTS + SUBMISSION, "not": {"required": ["children"]}}
    made["NewSchedule"]["properties"]["job"] = reference(SUBMISSION)
    return made


def submission_of(job_type: JobType) -> dict[str, Any]:
    """The smallest body that submits a job of that type."""
    return {"type": job_type.name, "payload": example(job_type.payload_schema)}


def _used(route: Route) -> Iterable[type[Schema]]:
    body = route.operation.body
    taken = () if body is None or body.schema is None else (body.schema,)
    return [*(schema for answer in route.operation.answers for schema in answer.schemas), *taken]


def _of_type(job_type: JobType, envelope: Mapping[str, Any]) -> Schemas:
    """The submission, the payload and the result of a job type; what these hold has names that begin with theirs."""
    payload = f"{job_type.name}.payload"
    properties = {
        **envelope["properties"],
        "type": {"type": "string", "const": job_type.name, "description": "The job type."},
        "payload": reference(payload),
    }
    submission = {
        **envelope,
        "description": job_type.summary,
        "properties": properties,
        "examples": [submission_of(job_type)],
    }
    result = definitions(f"{job_type.name}.result", job_type.result()) if job_type.result else {}
    return {f"{job_type.name}.submission": submission, **definitions(payload, job_type.payload_schema), **result}


def _one_of(job_types: Iterable[JobType], envelope: Mapping[str, Any]) -> dict[str, Any]:
    forms = {job_type.name: reference(f"{job_type.name}.submission")["$ref"] for job_type in job_types}
    return {
        "description": envelope["description"],
        "type": "object",
        "oneOf": [{"$ref": form} for form in forms.values()],
        "discriminator": {"propertyName": "type", "mapping": forms},
    }
