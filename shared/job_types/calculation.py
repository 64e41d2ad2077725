"""The contract of `calculation`: figures of a list of numbers, computed exactly and rounded once.

Integers count exactly, at any size up to 4,300 digits. Any other number counts as the decimal that was written: 1.1
is eleven tenths. What comes out is an integer where it is one (exact if only integers came in, else up to 2**53 in
magnitude), and otherwise the double nearest to the exact value: [1.5, 2.5] has the average 2, [1, 2] has 1.5. A
figure that JSON cannot hold (an integer of more digits, anything else beyond 1.8e308) rejects the job.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types import JobType
from shared.schemas.fields import List, Number

COMPLEX = ("sum", "product", "average", "min", "max")  # what `complex` answers
SINGLE = (*COMPLEX, "median", "mode", "variance", "stdev", "percentiles")
OPERATIONS = ("complex", *SINGLE)
NEED_TWO = frozenset({"variance", "stdev"})

MAX_NUMBERS = 10_000
MAX_PERCENTILES = 100
QUARTILES = (25, 50, 75)


class CalculationPayload(Schema):
    """Compute figures of a list of numbers: sum, product, average, min, max, median, mode, spread, percentiles."""

    class Meta:
        """What `_enough_numbers` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "if": {"properties": {"operation": {"enum": sorted(NEED_TWO)}}},
            "then": {"properties": {"numbers": {"minItems": 2}}},
        }

    operation = fields.String(
        required=True,
        validate=validate.OneOf(OPERATIONS, error="Must be one of: {choices}."),
        metadata={
            "description": f"What to compute: one figure, or `complex` for {', '.join(COMPLEX)} at once.",
            "example": "complex",
        },
    )
    numbers = List(
        Number(metadata={"description": "An integer, or a decimal within a double's range.", "example": 1}),
        min_length=1,
        max_length=MAX_NUMBERS,
        required=True,
        metadata={
            "description": (
                "The numbers: integers of up to 4,300 digits, and others as the decimals that are written."
                " `variance` and `stdev` need at least two."
            ),
            "example": [1, 2, 3, 4, 5],
        },
    )
    percentiles = List(
        Number(
            validate=validate.Range(0, 100, error="Must be from 0 to 100."),
            metadata={"description": "The percentage of the numbers that lie below it.", "example": 50},
        ),
        min_length=1,
        max_length=MAX_PERCENTILES,
        load_default=QUARTILES,
        metadata={
            "description": "Which percentiles to compute, from 0 to 100; only the operation `percentiles` reads it.",
            "example": [25, 50, 75],
        },
    )

    @validates_schema
    def _enough_numbers(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if payload["operation"] in NEED_TWO and len(payload["numbers"]) < 2:  # noqa: PLR2004 - as it says
            raise ValidationError(f"Must have at least 2 elements for {payload['operation']!r}.", "numbers")


class CalculationResult(Schema):
    """The figures that were asked for, and no others."""

    sum = Number(metadata={"description": "The numbers added up.", "example": 15})
    product = Number(metadata={"description": "The numbers multiplied.", "example": 120})
    average = Number(metadata={"description": "The arithmetic mean.", "example": 3})
    min = Number(metadata={"description": "The smallest number.", "example": 1})
    max = Number(metadata={"description": "The largest number.", "example": 5})
    median = Number(
        metadata={"description": "The middle number in order; of an even count, the mean of both.", "example": 3}
    )
    mode = Number(
        metadata={"description": "The most frequent number; of several, the one that came first.", "example": 1}
    )
    variance = Number(metadata={"description": "The sample variance: squared deviations over n - 1.", "example": 2.5})
    stdev = Number(
        metadata={
            "description": "The sample standard deviation: the root of the variance.",
            "example": 1.5811388300841898,
        }
    )
    percentiles = fields.Dict(
        keys=fields.String(metadata={"description": "The percentile that was asked for.", "example": "25"}),
        values=Number(metadata={"description": "Its value.", "example": 2}),
        metadata={
            "description": (
                "Each percentile by its number, interpolated linearly between the two nearest ranks, both ends"
                " included (type 7 of Hyndman and Fan 1996; the default of R, NumPy and Excel's PERCENTILE.INC)."
            ),
            "example": {"25": 2, "50": 3, "75": 4},
        },
    )


CALCULATION = JobType("calculation", payload=CalculationPayload, result=CalculationResult, timeout=30)
