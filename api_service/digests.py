"""Digests of bodies and of files: `Content-Digest` and `Repr-Digest` (RFC 9530), by SHA-256."""

import binascii
import re
from base64 import b64decode, b64encode

from aiohttp import web

from api_service.problems import FieldError, Problem
from api_service.validation import invalid

BOTH = CONTENT, REPRESENTATION = "Content-Digest", "Repr-Digest"
SIZE = 32  # bytes

_MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):\s*")  # RFC 9651, a dictionary of byte sequences


def digest_of(sha256: str) -> str:
    """The value of such a header, of a SHA-256 in hexadecimal."""
    return f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"


def asked(request: web.Request, header: str) -> str | None:
    """The SHA-256 that a header names, in hexadecimal; None without one. Raises a 422 `Problem` for what is none."""
    written = request.headers.getall(header, [])
    if not written:
        return None
    found = [_MEMBER.fullmatch(member) for member in ",".join(written).split(",")]
    known = {member[1]: member[2] for member in found if member is not None}
    try:
        digest = b64decode(known.get("sha-256", ""), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if None in found or len(digest) != SIZE:
        detail = f"The header {header} must have a SHA-256, such as sha-256=:BASE64:."
        raise invalid([FieldError(f"/{header}", "digest", detail)])
    return digest.hex()


def check(header: str, expected: str | None, sha256: str) -> None:
    """Raise a 422 `Problem` where something else was announced than has arrived."""
    if expected is not None and expected != sha256:
        detail = f"The header {header} announced another content than has arrived: its SHA-256 is {sha256}."
        raise Problem(422, "Digest does not match", detail)
