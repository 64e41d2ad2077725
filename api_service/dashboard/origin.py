"""Whether a form was sent from a page of ours, and whether a link leads to one.

A browser says so in `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), and in `Origin`. What says neither is no
browser that shows our pages, and is refused as well.
"""

from aiohttp import web

from api_service.problems import Problem
from api_service.sites import split

SAFE = frozenset({"GET", "HEAD"})


def check_origin(request: web.Request) -> None:
    """Raise a 403 `Problem` for what changes something and comes from elsewhere."""
    if request.method in SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    parts = None if origin is None else split(origin)
    is_ours = parts is not None and parts.netloc == request.host
    if site not in {None, "same-origin"} or not (is_ours or (origin is None and site == "same-origin")):
        detail = "This was sent from another site, or by no browser. Programs use the API instead: /docs."
        raise Problem(403, "Forbidden", detail)


def local(place: str) -> str:
    """A page of ours, whatever was asked for."""
    parts = split(place)
    if parts is None or parts.scheme or parts.netloc or place.startswith(("//", "/\\")):
        return "/"
    return place if place.startswith("/") and place.isprintable() else "/"
