"""What callers send to have jobs done: one job, or a batch. Payloads are the business of the job types."""

from typing import Any

from marshmallow import RAISE, Schema, fields

from shared.schemas.fields import Boolean
from shared.schemas.options import Options, OptionsSchema

MAX_BATCH_JOBS = 10_000


class SubmissionSchema(Schema):
    """One job to be done."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    type = fields.String(required=True, metadata={"description": "A job type's name.", "example": "calculation"})
    payload = fields.Dict(
        required=True,
        error_messages={"invalid": "Must be an object."},
        metadata={"description": "What to work on, as the job type's own schema has it."},
    )
    options = fields.Nested(OptionsSchema, load_default=Options)


class Jobs(fields.Field[list[Any]]):
    """The jobs of a batch, each left as it is: one bad job is not the fault of the others."""

    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "invalid": "Must be an array of jobs.",
        "length": f"Must have between 1 and {MAX_BATCH_JOBS:,} jobs.",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not 1 <= len(value) <= MAX_BATCH_JOBS:
            raise self.make_error("length")
        return value


class BatchSchema(Schema):
    """Many jobs in one request."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    jobs = Jobs(
        required=True,
        metadata={"description": "The jobs.", "minItems": 1, "maxItems": MAX_BATCH_JOBS},
    )
    atomic = Boolean(
        load_default=False,
        metadata={"description": "Whether one bad job refuses all of them.", "example": False},
    )
