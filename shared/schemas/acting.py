"""What callers send to change a job, or to have another one like it."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from shared.job import Priority
from shared.schemas.fields import List
from shared.schemas.options import MAX_TAGS, Instant, OptionsSchema, tag_field
from shared.schemas.submitting import BooleanText


class AmendmentSchema(Schema):
    """What is to be changed of a job: a member that is left out stays as it is, null is the default."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    priority = fields.Enum(
        Priority,
        by_value=True,
        allow_none=True,
        metadata={"description": "Who goes first within a queue: high, normal or low.", "example": "high"},
    )
    run_at = Instant(
        data_key="runAt",
        allow_none=True,
        metadata={
            "description": "When to run. A time in the past, or null, means now.",
            "example": "2030-01-31T12:00:00Z",
        },
    )
    tags = List(
        tag_field(),
        allow_none=True,
        max_length=MAX_TAGS,
        metadata={
            "description": "All the labels that it is to have; each once.",
            "example": ["report:daily"],
            "uniqueItems": True,
        },
    )
    metadata = fields.Dict(
        allow_none=True,
        error_messages={"invalid": "Must be an object."},
        metadata={
            "description": "Members to change, by the same rule; null removes all. 4 KiB as they stand then.",
            "example": {"by": "me"},
        },
    )

    @validates_schema
    def _each_tag_once(self, amendment: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        tags = amendment.get("tags") or []
        if len(set(tags)) < len(tags):
            raise ValidationError("Each tag may be given only once.", "tags")


class ActingSchema(Schema):
    """What an action is about."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    subtree = BooleanText(
        load_default=False,
        metadata={
            "description": "Whether all that the job waits for is meant, too, unless another job waits for it.",
            "enum": ["true", "false"],
        },
    )


class ReplaySchema(Schema):
    """What another job is to have otherwise."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    payload = fields.Dict(
        error_messages={"invalid": "Must be an object."},
        metadata={
            "description": "What to work on, in place of what that job worked on.",
            "example": {"operation": "sum", "numbers": [1, 2]},
        },
    )
    options = fields.Nested(
        OptionsSchema,
        metadata={"description": "Each in place of that job's own.", "example": {"priority": "high"}},
    )
