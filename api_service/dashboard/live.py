"""Something has changed: told to a page that is open, at most once a second, whatever happens in it.

The page then reads itself again. So a browser gets little, however many jobs there are, and every number on a page
comes from where it came from at first.
"""

import asyncio
from contextlib import suppress

from aiohttp import web

from api_service.access import tenant
from api_service.dashboard.pages import Page
from api_service.handlers.events import BEAT, HEARTBEAT, RECONNECT, STREAM
from api_service.keys import LIVE
from api_service.live import Listener
from shared.ids import is_id

CHANGED = b"event: changed\ndata:\n\n"
AT_MOST_EVERY = 1.0  # seconds
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


async def listen(request: web.Request) -> web.StreamResponse:
    """`GET /live`: of all jobs of the tenant, or of `job`."""
    whose, job = tenant(request), request.query.get("job", "")
    live = request.app[LIVE]
    with live.listening(lambda event: event.tenant == whose, job if is_id(job) else None) as listener:
        await live.ready()
        listener.catch_up()
        response = web.StreamResponse(headers=_HEADERS)
        response.content_type = STREAM
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed
            await _tell(request, response, listener)
    return response


async def _tell(request: web.Request, response: web.StreamResponse, listener: Listener) -> None:
    live = request.app[LIVE]
    await response.write(RECONNECT)
    while not live.is_closed:
        await listener.wait(HEARTBEAT)
        is_news = bool(listener.unread) or listener.is_behind
        listener.catch_up()
        await response.write(CHANGED if is_news else BEAT)
        if is_news:
            await asyncio.sleep(AT_MOST_EVERY)


PAGES = (Page("GET", "/live", listen),)
