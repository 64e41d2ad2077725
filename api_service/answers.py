"""Answers in JSON, with a strong ETag where the answer can be asked for again."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from aiohttp import web

HASH = 32  # hexadecimal digits of a body's hash

_JSON = "application/json"

encode = msgspec.json.Encoder(decimal_format="number").encode


def answer_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:  # noqa: ANN401 - what JSON can hold
    """A response with a JSON body."""
    return web.Response(body=encode(value), status=status, headers=headers, content_type=_JSON)


def has_already(request: web.Request, tag: str) -> bool:
    """Whether `If-None-Match` (RFC 9110, section 13.1.2) names this tag, or is `*`; that in quotes is only a tag."""
    written = request.headers.get("If-None-Match")
    if written is None:
        return False
    return written.strip() == "*" or any(etag.value == tag for etag in request.if_none_match or ())


def tag_of(body: bytes, mark: str = "") -> str:
    """The ETag of a body: its hash, and the mark of what it shows, where there is one (`preconditions.py`)."""
    return blake2b(body, digest_size=HASH // 2).hexdigest() + mark


def answer_cacheable(request: web.Request, body: bytes, mark: str = "") -> web.Response:
    """A JSON body under its ETag (RFC 9110, section 8.8.3); 304 without it to a caller who has it already."""
    tag = tag_of(body, mark)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if has_already(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type=_JSON)
