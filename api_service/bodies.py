"""Reads the bodies of requests that say they are JSON."""

from aiohttp import web

from api_service.problems import FieldError, Problem

_JSON = "application/json"


async def read_json(request: web.Request, limit: int) -> bytes:
    """The body, not looked into yet. Raises a 413 `Problem` beyond `limit` bytes, 415 for what is not plain JSON."""
    _check_media_type(request)
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


def _check_media_type(request: web.Request) -> None:
    written = request.headers.get("Content-Type", "")
    if written != _JSON and (request.content_type != _JSON or (request.charset or "utf-8").lower() != "utf-8"):
        raise Problem(415, "Unsupported media type", f"Send the body as Content-Type: {_JSON}, in UTF-8.")
    check_not_encoded(request)


def check_not_encoded(request: web.Request) -> None:
    """A body that is to be unpacked is refused: who knows how much would come out."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "Unsupported media type", "Send the body as it is, without a Content-Encoding.")
