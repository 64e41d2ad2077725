"""The headers that answers carry, beside those of HTTP itself (Content-Type, Content-Length, Date, ...)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def _header(description: str, example: str | int, **schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema's words
    return {"description": description, "schema": {"type": "string", **schema}, "example": example}


_DIGEST = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"
_SHA256 = "^sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:$"
_BYTES = "^[0-9]{1,15}$"

HEADERS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "Accept-Patch": _header("The media types of patches.", "application/merge-patch+json, application/json"),
        "Allow": _header("The methods that this path has.", "GET, HEAD, OPTIONS"),
        "Cache-Control": _header("How long the answer may be kept without asking again.", "no-cache"),
        "Accept-Ranges": _header("A part may be asked for, by its bytes.", "bytes"),
        "Content-Digest": _header("The SHA-256 of this body (RFC 9530).", _DIGEST),
        "Content-Range": _header("Which part it is, and how long the whole is.", "bytes 0-99/1234"),
        "Content-Disposition": _header("What to call the file; a browser never runs it.", "attachment"),
        "Content-Security-Policy": _header("What the page may load: nothing from elsewhere.", "default-src 'none'"),
        "ETag": _header(
            "The hash of the body, and of an unfinished job what stands for its record; send it back as If-None-Match,"
            " or as If-Match.",
            '"6a09e667f3bcc908b2fb1366ea957d3e"',
            pattern='^"[0-9a-f]+"$',
        ),
        "Content-Location": _header(
            "Whose representation the body is: that of the job.", "/api/jobs/ID", format="uri-reference"
        ),
        "Link": _header("The next page.", '</api/jobs?pageToken=MDFh>; rel="next"'),
        "Location": _header("Where it is to be found: an absolute path.", "/api/jobs/ID", format="uri-reference"),
        "Preference-Applied": _header("What of `Prefer` was heeded.", "wait=10"),
        "RateLimit": _header(
            "How many more requests may be sent now, and in how many seconds all may again; where a rate is limited.",
            '"requests";r=99;t=1',
        ),
        "RateLimit-Policy": _header(
            "How many requests there may be in how many seconds; where a rate is limited.", '"requests";q=100;w=1'
        ),
        "Referrer-Policy": _header("What a browser tells other sites: nothing.", "no-referrer"),
        "Repr-Digest": _header("The SHA-256 of the whole file (RFC 9530).", _DIGEST),
        "Retry-After": _header("Seconds after which to try again.", 2, type="integer", minimum=0),
        "Upload-Complete": _header("Whether the upload is there in whole.", "?0", pattern=r"^\?[01]$"),
        "Upload-Length": _header("How many bytes the upload will have.", 1_000_000, type="integer", minimum=0),
        "Upload-Limit": _header("How long an upload may be, and how many seconds it may take.", "max-size=1073741824"),
        "Upload-Offset": _header("How many bytes of the upload are there.", 500_000, type="integer", minimum=0),
        "Vary": _header("The headers of the request that the answer depends on.", "Accept"),
        "X-Accel-Buffering": _header("A proxy is not to hold events back.", "no"),
        "WWW-Authenticate": _header("What is missing (RFC 6750).", 'Bearer realm="dmps"'),
        "X-Content-Type-Options": _header("A browser is not to guess what the body is.", "nosniff"),
        "X-Request-ID": _header("The request's id, the caller's or one of ours: the log has it.", "6a09e667f3bcc908"),
    }
)
ASKED: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "Content-Digest": _header("The SHA-256 of this body (RFC 9530); it is checked.", _DIGEST, pattern=_SHA256),
        "Repr-Digest": _header("The SHA-256 of the whole file (RFC 9530); it is checked.", _DIGEST, pattern=_SHA256),
        "Range": _header("One range of bytes; of more, all is answered.", "bytes=0-99"),
        "If-Range": _header(
            "The ETag of the file that a part is wanted of; of another, all is answered.", '"6a09e667"'
        ),
        "Upload-Complete": _header(
            "`?1`: what comes is the last of it; `?0`: more is to come.", "?1", pattern=r"^\?[01]$"
        ),
        "Upload-Length": _header("How many bytes the file will have, if that is known.", "1000000", pattern=_BYTES),
        "Upload-Offset": _header("Where what is sent begins.", "500000", pattern=_BYTES),
        "Idempotency-Key": _header(
            "A string in double quotes, one for each request: sent again, it is answered as it was the first time.",
            '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
            pattern=r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-~]{1,255})$',
        ),
        "If-Match": _header(
            "The ETag of the job as the caller has read it; if somebody has changed it since, the answer is 412.",
            '"6a09e667f3bcc908b2fb1366ea957d3e510e527fade682d1"',
        ),
        "If-None-Match": _header(
            "The ETag of an answer that the caller has; if it still holds, the answer is 304.",
            '"6a09e667f3bcc908b2fb1366ea957d3e"',
        ),
        "Last-Event-ID": _header(
            "The id of the last event that the caller has seen.", "1795522787601000", pattern="^[0-9]{1,16}$"
        ),
        "traceparent": _header(
            "What the job is a part of, as W3C's Trace Context has it; the job keeps it.",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        "X-Request-ID": _header("What the request is to be called; up to 128 visible characters.", "order-4711"),
        "Prefer": _header(
            "`wait=N`: to wait so many seconds for the job's end; `return=minimal`: a short answer.", "wait=10"
        ),
    }
)
ALWAYS = "X-Request-ID"
LIMITED = ("RateLimit", "RateLimit-Policy")
CACHED = ("ETag", "Cache-Control")  # of what can be asked for again
PAGE = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options")


def referred(required: tuple[str, ...], sometimes: tuple[str, ...] = ()) -> dict[str, Any]:
    """The `headers` of a response, as references to the components."""
    always = {name: {**HEADERS[name], "required": True} for name in required}
    always[ALWAYS] = {"$ref": f"#/components/headers/{ALWAYS}"}
    return {**always, **{name: {"$ref": f"#/components/headers/{name}"} for name in sometimes}}
