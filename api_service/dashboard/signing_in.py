"""Sign in with an API key, and out."""

from aiohttp import web

from api_service.access import ANYONE
from api_service.dashboard.forms import read_form
from api_service.dashboard.origin import local
from api_service.dashboard.pages import Page, render, see
from api_service.dashboard.signed import SIGN_IN, sign_in, sign_out
from api_service.keys import GATE

LARGEST = 8 * 1024  # bytes of the form: whoever sends it has shown no key yet


async def ask_for_key(request: web.Request) -> web.Response:
    """`GET /sign-in`."""
    return _form(request, request.query.get("next", "/"), "")


async def enter(request: web.Request) -> web.Response:
    """`POST /sign-in`: a session of half a day, which opens what the key opens."""
    gate = request.app.get(GATE)
    if gate is None or gate.authentication is None:
        return see("/")
    form = await read_form(request, LARGEST)
    session = await gate.authentication.sign_in(form.get("key", ""))
    place = form.get("next", "/")
    if session is None:
        return _form(request, place, "There is no such key, or it has expired or was revoked.", 401)
    response = see(local(place))
    sign_in(request, response, session)
    return response


async def leave(request: web.Request) -> web.Response:
    """`POST /sign-out`."""
    response = see(SIGN_IN, "signed-out")
    sign_out(request, response)
    return response


def _form(request: web.Request, place: str, error: str, status: int = 200) -> web.Response:
    return render(request, "sign_in.html", status, next=local(place), error=error, live="")


PAGES = (
    Page("GET", SIGN_IN, ask_for_key, ANYONE),
    Page("POST", SIGN_IN, enter, ANYONE),
    Page("POST", "/sign-out", leave, ANYONE),
)
