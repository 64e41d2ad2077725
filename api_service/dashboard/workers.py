"""Workers: what each is and does; have one drained."""

from aiohttp import web

from api_service.dashboard.asking import ask, do
from api_service.dashboard.forms import read_form
from api_service.dashboard.pages import Page, render, see


async def view(request: web.Request) -> web.Response:
    """`GET /workers`."""
    return render(request, "workers.html", workers=(await ask(request, "listWorkers"))["workers"])


async def drain(request: web.Request) -> web.Response:
    """`POST /workers/{id}/drain`."""
    await read_form(request)
    await do(request, "drainWorker")
    return see("/workers", "draining")


PAGES = (Page("GET", "/workers", view), Page("POST", "/workers/{id}/drain", drain))
