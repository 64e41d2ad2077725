"""The overview: how all of it stands, at a glance, and how the last hour or day was."""

from functools import partial

from aiohttp import web

from api_service.access import Role
from api_service.dashboard.asking import ask, may
from api_service.dashboard.charts import charts
from api_service.dashboard.jobs import counts
from api_service.dashboard.pages import Page, admitted, render

NEWEST = 8  # jobs


async def view(request: web.Request, window: str) -> web.Response:
    """`GET /`, for a browser, and `GET /day`."""
    is_admin = may(request, "listQueues")
    told = await ask(request, "getStatistics", [("window", window)])
    return render(
        request,
        "overview.html",
        window=window,
        charts=charts(told["points"]),
        counts=await counts(request),
        newest=(await ask(request, "listJobs", [("pageSize", str(NEWEST))]))["jobs"],
        workers=(await ask(request, "listWorkers"))["workers"],
        queues=(await ask(request, "listQueues"))["queues"] if is_admin else [],
        diagnosis=await ask(request, "diagnose") if may(request, "diagnose") else None,
    )


overview = admitted(partial(view, window="hour"), Role.VIEWER)

PAGES = (Page("GET", "/day", partial(view, window="day")),)
