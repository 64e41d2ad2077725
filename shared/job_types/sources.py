"""What a job works on: a file (`fileId`), bytes in the payload itself (`dataUri`), or what a URL leads to (`url`)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

LONGEST_DATA, LONGEST_URL = 500_000, 2_048  # characters
WAYS = ("fileId", "dataUri", "url")
NAMES = ("file_id", "data_uri", "url")  # of the same, once loaded

# RFC 2397, and of it what is in base64: percent-encoding has no one length.
_DATA = re.compile(r"data:[A-Za-z0-9.+/-]{0,127}(?:;[A-Za-z0-9=.+_-]{1,100}){0,3};base64,[A-Za-z0-9+/]*={0,2}\Z")


def source_schema(*instead: str) -> dict[str, Any]:
    """Says in JSON Schema what `check_one` checks."""
    return {"oneOf": [{"required": [name]} for name in (*instead, *WAYS)]}


def data_uri() -> fields.String:
    """A file that is small enough to be written into the payload."""
    return fields.String(
        data_key="dataUri",
        validate=[
            validate.Length(max=LONGEST_DATA, error="Must have at most {max} characters: upload it as a file instead."),
            validate.Regexp(_DATA, error="Must be data:TYPE;base64, and the content in base64 (RFC 2397)."),
        ],
        metadata={
            "description": "A small file itself, in the place of `fileId`, in base64 (RFC 2397).",
            "example": "data:text/csv;base64,cHJpY2UKMTAKMjAK",
        },
    )


def url() -> fields.String:
    """A file that is elsewhere."""
    return fields.String(
        validate=[
            validate.Length(max=LONGEST_URL, error="Must have at most {max} characters."),
            validate.Regexp(r"https?://[!-~]+\Z", error="Must be an absolute URL of https or http, in ASCII."),
        ],
        metadata={
            "description": "Where the file is to be had, in the place of `fileId`: a public address, by https or http,"
            " or one in a network that the operator opened. It is fetched when the job runs.",
            "example": "https://example.org/data.csv",
        },
    )


def check_one(payload: Mapping[str, Any], instead: Iterable[str] = ()) -> None:
    """Raises `ValidationError` unless there is one source, or one of what may stand instead."""
    ways = (*instead, *NAMES)
    if sum(way in payload for way in ways) != 1:
        names = (*instead, *WAYS)
        raise ValidationError(f"Give one of {', '.join(names)}, and one alone.", names[0])


def has_source(payload: Mapping[str, Any]) -> bool:
    """Whether there is any."""
    return any(name in payload for name in NAMES)
