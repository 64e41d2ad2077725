"""What jobs failed of, grouped."""

from aiohttp import web

from api_service.dashboard.asking import ask, may
from api_service.dashboard.pages import Page, render
from api_service.keys import CATALOGUE


async def view(request: web.Request) -> web.Response:
    """`GET /failures`."""
    chosen = [(name, text) for name in ("type", "queue") for text in request.query.getall(name, []) if text]
    return render(
        request,
        "failures.html",
        found=await ask(request, "listErrors", chosen),
        chosen=chosen,
        types=list(request.app[CATALOGUE].keys()),
        may_act=may(request, "submitBulk"),
    )


PAGES = (Page("GET", "/failures", view),)
