"""What a form was filled in with."""

import asyncio
from collections.abc import Iterator
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from api_service.bodies import check_not_encoded, too_large
from api_service.keys import SETTINGS
from api_service.problems import Problem

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 1_000
_WORST = 3  # bytes of a form that one of a text may take
_QUICK = 64 * 1024  # bytes that are read on the event loop: in a millisecond or so

Form = MultiDict[str]


async def read_form(request: web.Request, limit: int | None = None) -> Form:
    """Its fields. Raises a 415 `Problem`, a 413 one beyond `limit` bytes, and a 400 one for what cannot be read.

    Without a limit it is that of a job. What takes long to read is read in a thread.
    """
    if request.content_type != FORM:
        raise Problem(415, "Unsupported media type", f"A form of the dashboard is sent as {FORM}.")
    check_not_encoded(request)
    limit, body = limit or request.app[SETTINGS].max_body * _WORST, bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return await asyncio.to_thread(_fields, body) if len(body) > _QUICK else _fields(body)


def _fields(body: bytearray) -> Form:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem(400, "Bad Request", "The form cannot be read.") from error
    return MultiDict((name, value.replace("\r\n", "\n")) for name, value in pairs)


def words(text: str) -> list[str]:
    """What stands between commas or spaces."""
    return [word for word in text.replace(",", " ").split() if word]


def filled(form: Form, names: Iterator[str] | list[str]) -> dict[str, str]:
    """Those of the fields that are not empty."""
    return {name: value for name in names if (value := form.get(name, "").strip())}
