"""What callers send to act on many jobs at once."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.schemas.fields import Boolean
from shared.schemas.listing import SelectionSchema

ACTIONS = ("cancel", "retry", "replay", "delete")  # as `shared.store.bulks.Action` has them


class BulkFilterSchema(SelectionSchema):
    """Which jobs: the parameters of a list, and what may be repeated there is an array here."""

    class Meta(SelectionSchema.Meta):
        """An empty array would ask for nothing, and so for all jobs."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "allOf": [{"properties": {name: {"minItems": 1} for name in ("status", "type", "queue", "tag")}}]
        }

    @validates_schema(pass_original=True)
    def _no_empty_array(self, _: Any, original: Any, **__: Any) -> None:  # noqa: ANN401 - marshmallow's
        empty = {name: ["Must have at least one element."] for name, value in original.items() if value == []}
        if empty:
            raise ValidationError(empty)


class BulkSchema(Schema):
    """What is to be done with which jobs."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE
        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "anyOf": [
                {"required": ["filter"], "properties": {"filter": {"minProperties": 1}}},
                {"required": ["all"], "properties": {"all": {"const": True}}},
            ]
        }

    action = fields.String(
        required=True,
        validate=validate.OneOf(ACTIONS, error="Must be one of {choices}."),
        metadata={"description": "What to do with each: cancel, retry, replay or delete.", "example": "retry"},
    )
    filter = fields.Nested(
        BulkFilterSchema,
        metadata={
            "description": "Which jobs, by the parameters of GET /api/jobs.",
            "example": {"status": ["failed"], "type": ["calculation"]},
        },
    )
    all = Boolean(
        load_default=False,
        metadata={"description": "Whether it is meant that the filter is empty, or is left out.", "example": False},
    )
    dry_run = Boolean(
        data_key="dryRun",
        load_default=False,
        metadata={"description": "Whether to count the jobs only, and to do nothing.", "example": False},
    )

    @validates_schema(pass_original=True)
    def _no_empty_filter_by_mistake(self, bulk: dict[str, Any], original: Any, **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if not bulk["all"] and not original.get("filter"):
            raise ValidationError('Name the jobs, or say "all": true if all of them are meant.', "filter")
