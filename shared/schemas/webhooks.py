"""What callers send to be told of what happens to jobs."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.names import NAME
from shared.schemas.fields import Boolean, Integer, List
from shared.schemas.listing import MAX_TYPES, page_size_field, page_token_field
from shared.schemas.options import MAX_TAGS, tag_field, url_field
from shared.webhooks import ENDS, EVENTS

LONGEST_DESCRIPTION = 200  # characters
LONGEST_OVERLAP = 604_800  # seconds: a week
OVERLAP = 86_400  # seconds


def _names(what: str, example: str, description: str) -> List:
    pattern = validate.Regexp(rf"{NAME.pattern}\Z", error=f"Must be the name of a {what}.")
    return List(
        fields.String(validate=pattern), max_length=MAX_TYPES, allow_none=True, metadata=_about(description, [example])
    )


def _about(description: str, example: object) -> dict[str, Any]:
    return {"description": description, "example": example}


class WebhookChangeSchema(Schema):
    """What is to be otherwise with a subscription; what is left out stays as it is."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    url = url_field("Where to send what happens.")
    events = List(
        fields.String(validate=validate.OneOf(EVENTS, error="Must be one of {choices}.")),
        min_length=1,
        max_length=len(EVENTS),
        allow_none=True,
        metadata=_about("What to tell of. By default, how jobs end.", list(ENDS)),
    )
    types = _names("job type", "calculation", "Only of jobs of one of these types; none: of all.")
    queues = _names("queue", "default", "Only of jobs of one of these queues; none: of all.")
    tags = List(
        tag_field(),
        max_length=MAX_TAGS,
        allow_none=True,
        metadata=_about("Only of jobs with all of these tags.", ["report:daily"]),
    )
    description = fields.String(
        allow_none=True,
        validate=validate.Length(max=LONGEST_DESCRIPTION, error="Must have at most {max} characters."),
        metadata=_about("For people.", "Tells the shop."),
    )
    enabled = Boolean(metadata=_about(example=True, description="Whether it tells anything."))


class WebhookSchema(WebhookChangeSchema):
    """A subscription: where to tell what happens to which jobs."""

    url = url_field("Where to send what happens.", required=True)


class RotationSchema(Schema):
    """A new secret."""

    class Meta:
        """A misspelt member is refused, never ignored."""

        unknown = RAISE

    overlap = Integer(
        load_default=OVERLAP,
        validate=validate.Range(0, LONGEST_OVERLAP, error="Must be between {min} and {max} seconds."),
        metadata=_about("Seconds that deliveries are signed with the old secret, too.", OVERLAP),
    )


class DeliveriesQuerySchema(Schema):
    """Which page of the log."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    page_size = page_size_field(50, 200, "deliveries")
    page_token = page_token_field()
