"""The query of the statistics."""

from marshmallow import RAISE, Schema, fields, validate

WINDOWS = ("hour", "day")  # as `shared.store.counts` has them


class StatisticsQuerySchema(Schema):
    """Of which time."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    window = fields.String(
        load_default=WINDOWS[0],
        validate=validate.OneOf(WINDOWS, error="Must be one of {choices}."),
        metadata={"description": "The last hour, by the minute, or the last day, by the quarter of an hour."},
    )
