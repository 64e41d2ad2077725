"""The cookie of who has signed in. No route but those of the dashboard reads it."""

from aiohttp import web

from api_service.access import SESSION
from api_service.sessions import LIFETIME
from api_service.sites import split

SIGN_IN = "/sign-in"
_SECURE, _PLAIN = "__Host-dmps", "dmps"  # RFC 6265bis, section 4.1.3.2: the prefix is for https alone


def show_session(request: web.Request) -> None:
    """Have the session that the browser shows count for this request."""
    session = request.cookies.get(_SECURE) or request.cookies.get(_PLAIN)
    if session:
        request[SESSION] = session


def sign_in(request: web.Request, response: web.Response, session: str) -> None:
    """Have the browser show that session from now on."""
    name = _name(request)
    response.set_cookie(
        name, session, max_age=LIFETIME, path="/", secure=name == _SECURE, httponly=True, samesite="Strict"
    )


def sign_out(request: web.Request, response: web.Response) -> None:
    """Have the browser forget it."""
    name = _name(request)
    response.del_cookie(name, path="/", secure=name == _SECURE, httponly=True, samesite="Strict")


def _name(request: web.Request) -> str:
    """As the browser sees us: a proxy may have taken https off."""
    parts = split(request.headers.get("Origin", ""))
    seen = (parts and parts.scheme) or request.scheme
    return _SECURE if seen == "https" else _PLAIN
