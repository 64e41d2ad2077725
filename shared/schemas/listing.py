"""The query of a list of jobs. A parameter that stands in a URL is text; nothing else is taken for a number."""

import re
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.ids import ID
from shared.job import Status
from shared.names import NAME
from shared.schemas.fields import List
from shared.schemas.options import MAX_TAGS, Instant, tag_field

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
MAX_TYPES = 50
SORTS = ("-createdAt", "createdAt", "-completedAt", "completedAt")  # as `shared.store.Sort` has them
FIELDS = (  # of a job in a list, as `api_service.views.brief` has them
    "id",
    "type",
    "status",
    "createdAt",
    "runAt",
    "startedAt",
    "completedAt",
    "expiresAt",
    "startBy",
    "deadlineAt",
    "cancelRequestedAt",
    "progress",
    "error",
    "priority",
    "queue",
    "tags",
    "metadata",
    "requestId",
    "traceparent",
    "maxAttempts",
    "timeout",
    "heartbeat",
    "backoff",
    "maxElapsed",
    "keepFor",
    "replayOf",
    "scheduleId",
    "callbackUrl",
    "parentId",
    "children",
    "childCount",
    "onChildFailure",
    "links",
)
MOST_LINES = 999_999_999
LONGEST_TOKEN = 500  # characters

_DECIMAL = re.compile(r"[0-9]{1,9}")
_FIELD = "|".join(FIELDS)


class DecimalText(fields.Field[int]):
    """An integer written in ASCII digits."""

    default_error_messages = {"invalid": "Must be an integer."}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401 - any value
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class PageToken(fields.String):
    """Where a page begins, in a form nobody is tempted to build; whoever made it reads it."""


def types_field() -> List:
    """Types of which a job may have any."""
    return List(
        fields.String(validate=validate.Length(1, 100, error="Must have 1 to 100 characters.")),
        max_length=MAX_TYPES,
        load_default=(),
        metadata={"description": "Only jobs of this type; may be repeated.", "example": ["calculation"]},
    )


def queues_field() -> List:
    """Queues of which a job may be in any."""
    pattern = validate.Regexp(rf"{NAME.pattern}\Z", error="Must be the name of a queue.")
    return List(
        fields.String(validate=pattern),
        max_length=MAX_TYPES,
        load_default=(),
        metadata={"description": "Only jobs of this queue; may be repeated.", "example": ["default"]},
    )


def page_size_field(default: int, most: int, what: str) -> DecimalText:
    """How long a page is."""
    return DecimalText(
        data_key="pageSize",
        load_default=default,
        validate=validate.Range(1, most, error="Must be between {min} and {max}."),
        metadata={"description": f"How many {what} a page has at most.", "example": default},
    )


def page_token_field() -> PageToken:
    """Which page: the first, unless one was named."""
    return PageToken(
        data_key="pageToken",
        load_default="",
        validate=validate.Length(max=LONGEST_TOKEN, error="Must be the nextPageToken of another page."),
        metadata={"description": "The nextPageToken of the page before."},
    )


def _since(key: str, what: str) -> Instant:
    example = "2026-04-06T12:00:00.000Z"
    return Instant(data_key=key, metadata={"description": f"Only jobs that {what}.", "example": example})


class SelectionSchema(Schema):
    """Which jobs."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    status = List(
        fields.String(validate=validate.OneOf([str(status) for status in Status], error="Must be one of {choices}.")),
        max_length=len(Status),
        load_default=(),
        metadata={"description": "Only jobs in this status; may be repeated.", "example": ["failed"]},
    )
    type = types_field()
    queue = queues_field()
    tag = List(
        tag_field(),
        max_length=MAX_TAGS,
        load_default=(),
        metadata={"description": "Only jobs with this tag; repeated, with all of them.", "example": ["report:daily"]},
    )
    created_after = _since("createdAfter", "were submitted then or later")
    created_before = _since("createdBefore", "were submitted before then")
    completed_after = _since("completedAfter", "ended then or later")
    completed_before = _since("completedBefore", "ended before then")
    parent_id = fields.String(
        data_key="parentId",
        validate=validate.Regexp(rf"{ID.pattern}\Z", error="Must be the id of a job."),
        metadata={
            "description": "Only jobs that this one waits for.",
            "example": "01a20bd9-6453-76ed-b412-7526b44b1ca6",
        },
    )


class ListingSchema(SelectionSchema):
    """Which jobs to list, in which order, and what of them."""

    sort = fields.String(
        load_default=SORTS[0],
        validate=validate.OneOf(SORTS, error="Must be one of {choices}."),
        metadata={
            "description": "By which time; - begins with the newest. By completedAt, only jobs that have ended.",
            "example": SORTS[0],
        },
    )
    fields_ = List(
        fields.String(
            validate=validate.Regexp(
                rf"(?:{_FIELD})(?:,(?:{_FIELD}))*\Z", error=f"Must be one or more, with commas, of {', '.join(FIELDS)}."
            )
        ),
        data_key="fields",
        max_length=len(FIELDS),
        load_default=(),
        metadata={"description": "Only these members of each job, separated by commas.", "example": ["id,status"]},
    )
    page_size = page_size_field(PAGE_SIZE, MAX_PAGE_SIZE, "jobs")
    page_token = page_token_field()


class LogQuerySchema(Schema):
    """Which lines of a job's log."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    offset = DecimalText(
        load_default=0,
        validate=validate.Range(0, MOST_LINES, error="Must be between {min} and {max}."),
        metadata={"description": "How many of the oldest lines to pass over.", "example": 0},
    )
    page_size = page_size_field(200, 1_000, "lines")


class ErrorsQuerySchema(Schema):
    """Of which failed jobs."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    type = types_field()
    queue = queues_field()


class FilesQuerySchema(Schema):
    """Which files."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    page_size = page_size_field(PAGE_SIZE, MAX_PAGE_SIZE, "files")
    page_token = page_token_field()
