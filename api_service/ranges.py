"""Parts of a file (RFC 9110, section 14), and whether a caller wants them, or anything at all."""

import re
from collections.abc import Mapping

from aiohttp import web

from api_service.problems import Problem

_RANGE = re.compile(r"bytes=\s*([0-9]{0,15})-([0-9]{0,15})\s*", re.IGNORECASE)


def asked_range(request: web.Request, size: int, tag: str) -> tuple[int, int] | None:
    """The part of a file that is wanted, from a byte to before another; None for all of it.

    What is no range, or several, is not heeded, nor is any if `If-Range` names another file. Raises a 416 `Problem` for
    one that begins where the file has ended.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or not any(found.groups()) or request.headers.get("If-Range", f'"{tag}"').strip() != f'"{tag}"':
        return None
    first, last = found.groups()
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        detail = f"The file has {size} bytes, and the range begins after them."
        raise Problem(416, "Range beyond the end", detail, headers={"Content-Range": f"bytes */{size}"})
    return start, end


def content_range(part: tuple[int, int], size: int) -> Mapping[str, str]:
    """Says which part an answer is."""
    return {"Content-Range": f"bytes {part[0]}-{part[1] - 1}/{size}"}


def check_if_match(request: web.Request, tag: str) -> None:
    """Raise a 412 `Problem` where the caller wants another file than this (RFC 9110, section 13.1.1)."""
    written = request.headers.get("If-Match")
    if written is None or written.strip() == "*":
        return
    if not any(each.value == tag and not each.is_weak for each in request.if_match or ()):
        raise Problem(412, "Precondition Failed", "If-Match names another content than the file has.")
