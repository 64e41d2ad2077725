"""Which requests of this process add to which uploads: one at a time. A newer one ends an older."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from api_service.access import tenant


class Uploading:
    """By tenants and the ids of their uploads: who adds to each, and an event for when that has ended."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], tuple[web.Request, asyncio.Event]] = {}

    @asynccontextmanager
    async def alone(self, request: web.Request, upload_id: str) -> AsyncIterator[None]:
        """Nobody else adds to the upload meanwhile."""
        await self.end(request, upload_id)
        key, ended = (tenant(request), upload_id), asyncio.Event()
        self._active[key] = request, ended
        try:
            yield
        finally:
            del self._active[key]
            ended.set()

    async def end(self, request: web.Request, upload_id: str) -> None:
        """Whoever adds to the upload of the request's tenant is cut off; what it has sent stays."""
        while (active := self._active.get((tenant(request), upload_id))) is not None:
            other, ended = active
            if other.transport is not None:
                other.transport.abort()
            await ended.wait()
