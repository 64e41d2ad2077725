"""Which requests of this process add to which uploads: one at a time. A newer one ends an older."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class Uploading:
    """By the ids of uploads: who adds to each, and an event for when that has ended."""

    def __init__(self) -> None:
        self._active: dict[str, tuple[web.Request, asyncio.Event]] = {}

    @asynccontextmanager
    async def alone(self, request: web.Request, upload_id: str) -> AsyncIterator[None]:
        """Nobody else adds to the upload meanwhile."""
        await self.end(upload_id)
        ended = asyncio.Event()
        self._active[upload_id] = request, ended
        try:
            yield
        finally:
            del self._active[upload_id]
            ended.set()

    async def end(self, upload_id: str) -> None:
        """Whoever adds to the upload is cut off; what it has sent stays."""
        while (active := self._active.get(upload_id)) is not None:
            request, ended = active
            if request.transport is not None:
                request.transport.abort()
            await ended.wait()
