"""How a job is to be run, as fields of a form: of a new job, and of one like another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from msgspec import Raw

from api_service.dashboard import schema_form
from api_service.dashboard.forms import Form
from api_service.dashboard.schema_form import Field
from api_service.json_schema import json_schema
from api_service.problems import Problem
from shared.schemas.options import OptionsSchema

TAGS = "/options/tags"
_FIRST = ("queue", "priority", "delay", "maxAttempts", "timeout", "tags")


@cache
def blank() -> Sequence[Field]:
    """Of a new job: what is left empty is as its type has it."""
    return list(_fields({}))


def like(job: Mapping[str, Any], metadata: Raw) -> Sequence[Field]:
    """Of a job like that one, which is as `GET /api/jobs/{id}` answers; `metadata` as it was written.

    When that one was due is its own.
    """
    known = {name: value for name, value in job.items() if value is not None and name != "runAt"}
    if not job["childCount"]:
        known.pop("onChildFailure", None)
    return list(_fields({**known, "metadata": metadata} if "metadata" in known else known))


def are_told_of(form: Form, problem: Problem | None) -> bool:
    """Whether some were filled in, or are wrong: then they are shown at once."""
    is_wrong = any(error.pointer.startswith("/options") for error in problem.errors) if problem else False
    return is_wrong or any(value and name.startswith("/options/") for name, value in form.items())


def _fields(values: Mapping[str, Any]) -> Iterator[Field]:
    schema = json_schema(OptionsSchema())
    made = schema_form.fields(schema, schema, values, "/options")
    for field in sorted(made, key=lambda field: _FIRST.index(field.label) if field.label in _FIRST else len(_FIRST)):
        if field.pointer == TAGS:
            text, about = " ".join(values.get("tags", ())), f"{field.about} With spaces between them."
            yield replace(field, kind="words", value=text, about=about, suggestion="report:daily urgent")
        else:
            yield field
