"""The query of a stream of events."""

from marshmallow import RAISE, Schema, fields

from shared.schemas.fields import List
from shared.schemas.options import tag_field

MOST = 50  # of each


class EventFilterSchema(Schema):
    """Of which jobs to hear: of all that have one of the types, one of the queues and all of the tags asked for."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    type = List(
        fields.String(metadata={"description": "A job type.", "example": "calculation"}),
        load_default=(),
        max_length=MOST,
        metadata={"description": "Only jobs of this type; may be repeated."},
    )
    queue = List(
        fields.String(metadata={"description": "A queue.", "example": "default"}),
        load_default=(),
        max_length=MOST,
        metadata={"description": "Only jobs of this queue; may be repeated."},
    )
    tag = List(
        tag_field(),
        load_default=(),
        max_length=MOST,
        metadata={"description": "Only jobs with this tag; repeated, with all of them."},
    )
