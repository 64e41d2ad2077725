"""Puts the store further away: `distance PORT SECONDS` prints the port at which PORT is found so much later."""

import asyncio
import sys
from contextlib import suppress

from tests.chaos.proxy import Proxy


async def serve(port: int, seconds: float) -> None:
    """Until cancelled. A round trip takes so long, and what the store itself takes."""
    async with Proxy(("127.0.0.1", port)) as proxy:
        proxy.delay = seconds
        sys.stdout.write(f"{proxy.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
