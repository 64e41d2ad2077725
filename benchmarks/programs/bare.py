"""An aiohttp server that answers 202 and does nothing else: what no service on aiohttp can beat."""

import os

from aiohttp import web


async def accept(_: web.Request) -> web.Response:
    """Accepted, unread."""
    return web.Response(status=202)


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.post("/api/jobs", accept), web.get("/health/live", accept)])
    web.run_app(app, host=os.environ["HOST"], port=int(os.environ["PORT"]), access_log=None, print=None)
