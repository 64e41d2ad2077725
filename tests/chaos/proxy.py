"""A TCP proxy between a service and the store, for whatever a network can do to them."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Self

from shared.cancelling import was_cancelled
from tests.chaos.seeds import seeded

CHUNK = 65_536  # bytes
NO_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset (socket(7))

Address = tuple[str, int]


class Way(Enum):
    """Where bytes go: to the store, or back."""

    THERE = auto()
    BACK = auto()


class Cut(Enum):
    """When a link breaks: before the store gets the request, or after it has answered, before the answer arrives."""

    BEFORE = auto()
    AFTER = auto()


class Proxy:
    """Forwards connections to `target`, with the faults that its attributes say. They may be changed at any time.

    `target` counts for new connections only.
    """

    def __init__(self, target: Address, *, seed: int = 1) -> None:
        self.target = target
        self.delay = 0.0  # seconds that each request comes later
        self.jitter = 0.0  # up to so many seconds more, by chance
        self.sliced = False  # a byte at a time
        self.reset_rate = 0.0  # the chance of each piece to meet a reset instead
        self.cut: Callable[[bytes], Cut | None] = lambda _: None  # is asked about each piece of a request
        self.cuts = 0  # how often a link was broken, by `cut` or by chance
        self._random = seeded(seed)
        self._open = {Way.THERE: asyncio.Event(), Way.BACK: asyncio.Event()}
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.heal()

    @property
    def url(self) -> str:
        """Where a service finds the store."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and break all links."""
        if self._server is not None:
            self._server.close()
        self.drop()

    def swallow(self, *ways: Way) -> None:
        """A black hole: nothing passes. TCP keeps what was sent, so it arrives once `heal` was called."""
        for way in ways:
            self._open[way].clear()

    def heal(self) -> None:
        """Let everything pass."""
        for gate in self._open.values():
            gate.set()

    def drop(self) -> None:
        """Reset all links."""
        for link in list(self._links):
            link.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_store = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        link = Link(self, (reader, writer), to_store)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    async def passes(self, way: Way) -> None:
        """Wait until bytes may pass."""
        await self._open[way].wait()

    def fate(self, data: bytes) -> Cut | None:
        """What becomes of a piece of a request."""
        fate = self.cut(data)
        if fate is None and self.unlucky():
            fate = Cut.BEFORE
        self.cuts += fate is not None
        return fate

    def unlucky(self) -> bool:
        """Whether chance breaks the link now."""
        return self.reset_rate > 0 and self._random.random() < self.reset_rate

    def lateness(self) -> float:
        """Seconds that the present piece of a request comes later."""
        return self.delay + self.jitter * self._random.random()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: Stream, store: Stream) -> None:
        self._proxy = proxy
        self._client = client
        self._store = store
        self._doomed = False  # the next answer does not arrive
        for _, writer in (client, store):
            writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        """Forward until an end closes."""
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        ways = (self._hear(late), self._there(late), self._back())
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._close()

    def reset(self) -> None:
        """Break it, so that both ends notice."""
        for _, writer in (self._client, self._store):
            _reset(writer)

    def _close(self) -> None:
        for _, writer in (self._client, self._store):
            with suppress(OSError, RuntimeError):
                writer.close()

    async def _hear(self, late: "asyncio.Queue[tuple[float, bytes]]") -> None:
        with suppress(OSError):
            while data := await self._client[0].read(CHUNK):
                fate = self._proxy.fate(data)
                if fate is Cut.BEFORE:
                    self.reset()
                    return
                self._doomed |= fate is Cut.AFTER
                late.put_nowait((time.monotonic() + self._proxy.lateness(), data))

    async def _there(self, late: "asyncio.Queue[tuple[float, bytes]]") -> None:
        with suppress(OSError):
            while not was_cancelled():
                due, data = await late.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                await self._proxy.passes(Way.THERE)
                await self._send(self._store[1], data)

    async def _back(self) -> None:
        with suppress(OSError):
            while data := await self._store[0].read(CHUNK):
                await self._proxy.passes(Way.BACK)
                if self._doomed or self._proxy.unlucky():
                    self._proxy.cuts += not self._doomed
                    self.reset()
                    return
                await self._send(self._client[1], data)

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        size = 1 if self._proxy.sliced else len(data)
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await asyncio.sleep(0)  # let it go before the next is added to it
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()
