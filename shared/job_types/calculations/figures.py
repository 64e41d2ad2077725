"""The figures of a list of numbers, computed exactly and rounded once: the oldest form of `calculation`.

Integers count exactly, at any size up to 4,300 digits. Any other number counts as the decimal that was written: 1.1
is eleven tenths. What comes out is an integer where it is one (exact if only integers came in, else up to 2**53 in
magnitude), and otherwise the double nearest to the exact value: [1.5, 2.5] has the average 2, [1, 2] has 1.5. A
figure that JSON cannot hold (an integer of more digits, anything else beyond 1.8e308) rejects the job.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.calculations.fields import MAX_NUMBERS, percentile_list
from shared.schemas.fields import List, Number

COMPLEX = ("sum", "product", "average", "min", "max")  # what `complex` answers
SINGLE = (*COMPLEX, "median", "mode", "variance", "stdev", "percentiles")
FIGURES = ("complex", *SINGLE)
NEED_TWO = frozenset({"variance", "stdev"})


class Figures(Schema):
    """Compute figures of a list of numbers: sum, product, average, min, max, median, mode, spread, percentiles."""

    class Meta:
        """What `_enough_numbers` checks, for JSON Schema."""

        json_schema = {  # noqa: RUF012 - read by `api_service.json_schema`
            "if": {"properties": {"operation": {"enum": sorted(NEED_TWO)}}},
            "then": {"properties": {"numbers": {"minItems": 2}}},
        }

    operation = fields.String(
        required=True,
        validate=validate.OneOf(FIGURES, error="Must be one of: {choices}."),
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
    percentiles = percentile_list()

    @validates_schema
    def _enough_numbers(self, payload: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if payload["operation"] in NEED_TWO and len(payload["numbers"]) < 2:  # noqa: PLR2004 - as it says
            raise ValidationError(f"Must have at least 2 elements for {payload['operation']!r}.", "numbers")
