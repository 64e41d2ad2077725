"""Looks up the names of receivers, in threads of its own.

Whoever has a domain says how long its names take to be looked up, and a lookup cannot be broken off. In asyncio's own
few threads, those of some slow names would hold up all that the worker's jobs read and write there.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

LOOKUPS = 50  # at a time: as many as deliveries, so that none waits for another
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """By the system's own rules. `close` it; a lookup that is under way then ends by itself."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, "webhooks-lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All addresses of a name. Raises `OSError`."""
        flags = socket.AI_ADDRCONFIG
        look = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=flags)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        return [
            ResolveResult(
                hostname=host, host=str(name[0]), port=int(name[1]), family=kind, proto=protocol, flags=_NUMERIC
            )
            for kind, _, protocol, _, name in found
        ]

    async def close(self) -> None:
        """Look nothing up any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
