"""The body of every refusal (RFC 9457)."""

from marshmallow import fields

from api_service.problems import MAX_ERRORS
from api_service.schemas.fields import Answered, integer, path, text


class FieldErrorSchema(Answered):
    """What was wrong with one member of the request."""

    pointer = text(
        "The member, by JSON Pointer (RFC 6901); a parameter as /NAME, and empty for the whole.", "/payload/numbers/1"
    )
    code = text("What was wrong, for programs.", "invalid")
    detail = text("What was wrong, for people.", "Must be a JSON number: no text, no true or false.")


class ProblemSchema(Answered):
    """Why a request was refused."""

    type = path("Its type: the path of a page that explains it, or about:blank.", "/problems/validation-failed")
    title = text("Its type, for people.", "Validation failed")
    status = integer("The status of the answer.", 422)
    detail = text("What is wrong with this request.", "The request says something wrong; errors names each place.")
    errors = fields.List(
        fields.Nested(FieldErrorSchema),
        metadata={"description": f"The members that were wrong, {MAX_ERRORS} at most."},
    )
