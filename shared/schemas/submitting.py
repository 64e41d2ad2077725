"""The query of a submission."""

from typing import Any

from marshmallow import RAISE, Schema, fields


class BooleanText(fields.Field[bool]):
    """true or false, as a parameter of a query."""

    default_error_messages = {"invalid": "Must be true or false."}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:  # noqa: ANN401 - any value
        if value not in {"true", "false"}:
            raise self.make_error("invalid")
        return bool(value == "true")


class SubmittingSchema(Schema):
    """What to do with what is submitted."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    validate_only = BooleanText(
        data_key="validateOnly",
        load_default=False,
        metadata={"description": "Whether to check only, and submit nothing.", "enum": ["true", "false"]},
    )


class LinesSchema(SubmittingSchema):
    """What to do with a batch; the second for one that comes line by line, and has no place for it."""

    atomic = BooleanText(
        load_default=False,
        metadata={
            "description": "Of a batch in lines: whether one bad job refuses all of them.",
            "enum": ["true", "false"],
        },
    )
