"""Which requests of this process add to which uploads: one at a time. A newer one ends an older."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from api_service.access import tenant
from shared.errors import UploadBusy


class Uploading:
    """By tenants and the ids of their uploads: who adds to each, and an event for when that has ended."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], tuple[web.Request, asyncio.Event]] = {}
        self._completing: set[tuple[str, str]] = set()

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
            self._completing.discard(key)
            ended.set()

    def completes(self, request: web.Request, upload_id: str) -> None:
        """All of it has arrived: whoever is alone with it makes a file of it, and is cut off by nobody."""
        self._completing.add((tenant(request), upload_id))

    async def end(self, request: web.Request, upload_id: str) -> None:
        """Whoever adds to the upload of the request's tenant is cut off; what it has sent stays.

        Raises `UploadBusy` once all has arrived.
        """
        key = tenant(request), upload_id
        while (active := self._active.get(key)) is not None:
            if key in self._completing:
                raise UploadBusy
            other, ended = active
            if other.transport is not None:
                other.transport.abort()
            await ended.wait()
