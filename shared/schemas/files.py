"""What callers ask of files."""

from marshmallow import RAISE, Schema, validate

from shared.schemas.fields import Integer

LONGEST_LINK = 7 * 86_400  # seconds


class LinkRequestSchema(Schema):
    """A link to a file."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    expires_in = Integer(
        data_key="expiresIn",
        load_default=3_600,
        validate=validate.Range(1, LONGEST_LINK, error="Must be between {min} and {max}."),
        metadata={"description": "Seconds that it is good for.", "example": 3_600},
    )
