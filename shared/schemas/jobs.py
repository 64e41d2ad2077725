"""What callers send to have jobs done: one job, or a batch. Payloads are the business of the job types."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.ids import ID
from shared.schemas.fields import Boolean, List
from shared.schemas.options import Options, OptionsSchema

MAX_BATCH_JOBS = 10_000
MAX_DEPENDENCIES = 1_000


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
    depends_on = List(
        fields.String(
            validate=validate.Regexp(f"{ID.pattern}$", error="Must be a job's id."),
            metadata={"format": "uuid", "example": "01a20bd9-6453-76ed-b412-7526b44b1ca6"},
        ),
        data_key="dependsOn",
        load_default=list,
        max_length=MAX_DEPENDENCIES,
        metadata={
            "description": "Jobs that were submitted before, and must have ended before it begins; each once.",
            "uniqueItems": True,
        },
    )

    @validates_schema
    def _each_once(self, submission: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        depends_on = submission.get("depends_on", [])
        if len(set(depends_on)) < len(depends_on):
            raise ValidationError("Each job may be given only once.", "dependsOn")


class TreeSchema(SubmissionSchema):
    """One job to be done, and those that are to be done before it."""

    children = List(
        fields.Dict(),
        max_length=MAX_BATCH_JOBS,
        metadata={
            "description": "Jobs that must have ended before it begins, each a submission as this one, with `children`"
            f" of its own; {MAX_BATCH_JOBS:,} in all. It is then run with their results.",
        },
    )


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
    completion = fields.Dict(
        metadata={
            "description": "A submission, without `children`: a job that is run with the results of all the others"
            " once they have ended. One bad job then refuses all of them.",
            "example": {"type": "calculation", "payload": {"operation": "sum", "numbers": [1, 2]}},
        }
    )
