"""A receiver of webhooks on this host: it keeps what comes, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answer = Callable[[], web.Response]


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given once each, in order; then 204."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        kept = Request(request.path, dict(request.headers), await request.read())
        async with self.came:
            self.requests.append(kept)
            self.came.notify_all()
        return self.answers.pop(0)() if self.answers else web.Response(status=204)

    async def heard(self, count: int, within: float = 30.0) -> list[Request]:
        """The first so many requests, once they have come."""
        async with asyncio.timeout(within), self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)
        return self.requests[:count]


@asynccontextmanager
async def receiving(*answers: Answer) -> AsyncIterator[Receiver]:
    """One that listens."""
    receiver = Receiver(answers=list(answers))
    runner = web.ServerRunner(web.Server(receiver.handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address: Any = runner.addresses[0]
    receiver.port = address[1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


def answer(status: int, text: str = "", **headers: str) -> Answer:
    """An answer, with headers in which _ stands for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(status=status, text=text, headers=named)
