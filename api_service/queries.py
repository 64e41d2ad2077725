"""The parameters of a query, checked by a schema."""

from collections.abc import Collection
from typing import Any

from aiohttp import web
from marshmallow import Schema

from api_service.problems import FieldError
from api_service.validation import child, invalid, load
from shared.schemas.submitting import SubmittingSchema

_SUBMITTING = SubmittingSchema()


def read_query(request: web.Request, schema: Schema, repeatable: Collection[str] = ()) -> Any:  # noqa: ANN401 - what the schema makes
    """What the schema makes of the parameters. Raises a 422 `Problem`, also for one that is given twice."""
    query = request.query
    given = {name: query.getall(name) if name in repeatable else query[name] for name in query}
    asked, errors = load(schema, given)
    errors += [
        FieldError(child("", name), "repeated", "May be given only once.")
        for name in given
        if name not in repeatable and len(query.getall(name)) > 1
    ]
    if errors:
        raise invalid(errors)
    return asked


def only_validates(request: web.Request) -> bool:
    """Whether nothing is to be submitted."""
    return bool(request.rel_url.raw_query_string) and bool(read_query(request, _SUBMITTING)["validate_only"])
