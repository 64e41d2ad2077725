"""The overview: how all of it stands, at a glance, and how the last hour or day was."""

import asyncio
from functools import partial
from typing import Any

from aiohttp import web

from api_service.access import Role
from api_service.dashboard.asking import ask, may
from api_service.dashboard.charts import charts
from api_service.dashboard.jobs import counts
from api_service.dashboard.pages import Page, admitted, render

NEWEST = 8  # jobs


async def view(request: web.Request, window: str) -> web.Response:
    """`GET /`, for a browser, and `GET /day`."""
    told, known, newest, fleet, queues, diagnosis = await asyncio.gather(
        ask(request, "getStatistics", [("window", window)]),
        counts(request),
        ask(request, "listJobs", [("pageSize", str(NEWEST))]),
        ask(request, "listWorkers"),
        _if_allowed(request, "listQueues"),
        _if_allowed(request, "diagnose"),
    )
    return render(
        request,
        "overview.html",
        window=window,
        charts=charts(told["points"]),
        counts=known,
        newest=newest["jobs"],
        workers=fleet["workers"],
        queues=queues["queues"] if queues else [],
        diagnosis=diagnosis,
    )


async def _if_allowed(request: web.Request, operation: str) -> Any:  # noqa: ANN401 - as the API answers
    """What an operation answers; None to one whose role does not suffice."""
    return await ask(request, operation) if may(request, operation) else None


overview = admitted(partial(view, window="hour"), Role.VIEWER)

PAGES = (Page("GET", "/day", partial(view, window="day")),)
