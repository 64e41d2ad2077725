"""Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol): pages of which origins may ask here.

Keys are shown in `Authorization`, never in cookies: so no credentials are allowed, and any origin may be.
"""

from collections.abc import Collection, Mapping

from aiohttp import web

from api_service.openapi.headers import ASKED, HEADERS

ANY = "*"
REMEMBERED = "7200"  # seconds that a browser need not ask again; more none of them heeds
READ = ", ".join(HEADERS)
_OF_ANY = ("Accept", "Authorization", "Content-Disposition", "Content-Type", "Upload-Draft-Interop-Version")
SENT = ", ".join((*_OF_ANY, *ASKED))


def share(request: web.Request, response: web.StreamResponse, origins: Collection[str]) -> None:
    """Let the caller's page read the answer, if it is of one of these origins."""
    if not origins:
        return
    if ANY not in origins:
        vary(response, "Origin")
    origin = request.headers.get("Origin")
    if origin is not None and (ANY in origins or origin in origins):
        response.headers["Access-Control-Allow-Origin"] = ANY if ANY in origins else origin
        response.headers["Access-Control-Expose-Headers"] = READ


def preflight(request: web.Request, methods: str, origins: Collection[str]) -> Mapping[str, str]:
    """What more OPTIONS answers a browser that asks whether it may send a request. `share` does the rest."""
    if not origins or "Origin" not in request.headers or "Access-Control-Request-Method" not in request.headers:
        return {}
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": SENT,
        "Access-Control-Max-Age": REMEMBERED,
    }


def vary(response: web.StreamResponse, name: str) -> None:
    """Say that the answer depends on a header of the request."""
    known = response.headers.get("Vary", "")
    if name.lower() not in known.lower().replace(" ", "").split(","):
        response.headers["Vary"] = f"{known}, {name}" if known else name
