"""Reads the bodies of requests that say they are JSON."""

from collections.abc import Sequence

from aiohttp import web

from api_service.problems import FieldError, Problem

JSON = "application/json"
WRITTEN: web.RequestKey[bytes] = web.RequestKey("WRITTEN", bytes)  # what a form of the dashboard says, in JSON


async def read_json(request: web.Request, limit: int, media_types: Sequence[str] = (JSON,)) -> bytes:
    """The body, not looked into yet. Raises a 413 `Problem` beyond `limit` bytes, 415 for what is not plain JSON."""
    if WRITTEN in request:
        return request[WRITTEN]
    _check_media_type(request, media_types)
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def too_large(limit: int, pointer: str = "") -> Problem:
    """The refusal of more than `limit` bytes."""
    detail = f"Must take at most {limit} bytes."
    return Problem(413, "Body too large", detail, [FieldError(pointer, "too_large", detail)])


def _check_media_type(request: web.Request, media_types: Sequence[str]) -> None:
    if request.headers.get("Content-Type") not in media_types and not _is_one_of(request, media_types):
        detail = f"Send the body as Content-Type: {' or '.join(media_types)}, in UTF-8."
        headers = {"Accept-Patch": ", ".join(media_types)} if request.method == "PATCH" else {}
        raise Problem(415, "Unsupported media type", detail, headers=headers)
    check_not_encoded(request)


def _is_one_of(request: web.Request, media_types: Sequence[str]) -> bool:
    return request.content_type in media_types and (request.charset or "utf-8").lower() == "utf-8"


def check_not_encoded(request: web.Request) -> None:
    """A body that is to be unpacked is refused: who knows how much would come out."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "Unsupported media type", "Send the body as it is, without a Content-Encoding.")
