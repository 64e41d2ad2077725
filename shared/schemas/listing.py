"""The query of a list of jobs. A parameter that stands in a URL is text; nothing else is taken for a number."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.ids import is_id
from shared.job import Status
from shared.schemas.fields import List
from shared.schemas.options import tag_field

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
MAX_TYPES = 50

_DECIMAL = re.compile(r"[0-9]{1,9}")


class DecimalText(fields.Field[int]):
    """An integer written in ASCII digits."""

    default_error_messages = {"invalid": "Must be an integer."}  # noqa: RUF012 - as marshmallow declares it

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:  # noqa: ANN401 - any value
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class PageToken(fields.Field[str]):
    """Where a page begins: the id that the page before it ended with, in a form nobody is tempted to build."""

    default_error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "invalid": "Must be the nextPageToken of another page.",
    }

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:  # noqa: ANN401 - any value
        try:
            job_id = urlsafe_b64decode(str(value)).decode()
        except (binascii.Error, ValueError) as error:
            raise self.make_error("invalid") from error
        if not is_id(job_id):
            raise self.make_error("invalid")
        return job_id


def page_token(job_id: str) -> str:
    """The token of the page that begins after that job."""
    return urlsafe_b64encode(job_id.encode()).decode()


class ListingSchema(Schema):
    """Which jobs to list, newest first."""

    class Meta:
        """A misspelt parameter is refused, never ignored."""

        unknown = RAISE

    status = List(
        fields.String(validate=validate.OneOf([str(status) for status in Status], error="Must be one of {choices}.")),
        max_length=len(Status),
        load_default=(),
        metadata={"description": "Only jobs in this status; may be repeated.", "example": ["failed"]},
    )
    type = List(
        fields.String(validate=validate.Length(1, 100, error="Must have 1 to 100 characters.")),
        max_length=MAX_TYPES,
        load_default=(),
        metadata={"description": "Only jobs of this type; may be repeated.", "example": ["calculation"]},
    )
    tag = tag_field()
    page_size = DecimalText(
        data_key="pageSize",
        load_default=PAGE_SIZE,
        validate=validate.Range(1, MAX_PAGE_SIZE, error="Must be between {min} and {max}."),
        metadata={"description": "How many jobs a page has at most.", "example": PAGE_SIZE},
    )
    page_token = PageToken(
        data_key="pageToken",
        load_default="",
        metadata={"description": "The nextPageToken of the page before."},
    )
