"""The headers that answers carry, beside those of HTTP itself (Content-Type, Content-Length, Date, ...)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


def _header(description: str, example: str | int, **schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema's words
    return {"description": description, "schema": {"type": "string", **schema}, "example": example}


HEADERS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "Accept-Patch": _header("The media types of patches.", "application/merge-patch+json, application/json"),
        "Allow": _header("The methods that this path has.", "GET, HEAD, OPTIONS"),
        "Cache-Control": _header("How long the answer may be kept without asking again.", "no-cache"),
        "Content-Disposition": _header("What to call the file; a browser never runs it.", "attachment"),
        "Content-Security-Policy": _header("What the page may load: nothing from elsewhere.", "default-src 'none'"),
        "ETag": _header(
            "The hash of the body; send it back as If-None-Match.",
            '"6a09e667f3bcc908b2fb1366ea957d3e"',
            pattern='^"[0-9a-f]+"$',
        ),
        "Link": _header("The next page.", '</api/jobs?pageToken=MDFh>; rel="next"'),
        "Location": _header("Where it is to be found: an absolute path.", "/api/jobs/ID", format="uri-reference"),
        "Referrer-Policy": _header("What a browser tells other sites: nothing.", "no-referrer"),
        "Retry-After": _header("Seconds after which to try again.", 2, type="integer", minimum=0),
        "Vary": _header("The headers of the request that the answer depends on.", "Accept"),
        "X-Accel-Buffering": _header("A proxy is not to hold events back.", "no"),
        "X-Content-Type-Options": _header("A browser is not to guess what the body is.", "nosniff"),
    }
)
CACHED = ("ETag", "Cache-Control")  # of what can be asked for again
PAGE = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options")


def referred(required: tuple[str, ...], sometimes: tuple[str, ...] = ()) -> dict[str, Any]:
    """The `headers` of a response, as references to the components."""
    always = {name: {**HEADERS[name], "required": True} for name in required}
    return {**always, **{name: {"$ref": f"#/components/headers/{name}"} for name in sometimes}}
