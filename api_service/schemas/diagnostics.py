"""The checks of a deployment, as they are answered."""

from marshmallow import fields, validate

from api_service.schemas.fields import Answered, parts, text

_STATES = ("ok", "warning", "failed")


def _state(description: str) -> fields.String:
    return fields.String(
        required=True, validate=validate.OneOf(_STATES), metadata={"description": description, "example": "warning"}
    )


class CheckSchema(Answered):
    """One thing that was looked at."""

    name = text("What it is.", "persistence")
    status = _state("How it is.")
    detail = text("What was found, for people.", "appendfsync everysec: a power failure may lose the last second.")
    fix = text("What to do about it.", "Set appendfsync always.", allow_none=True)


class DiagnosisSchema(Answered):
    """How a deployment is."""

    status = _state("The worst of its checks.")
    checks = parts(CheckSchema, "What was looked at.")
