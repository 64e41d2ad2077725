"""A store, the one that takes over from it, and an address that leads to the primary, as a virtual one would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from shared.embedded import EmbeddedStore
from tests.chaos.proxy import Proxy


@dataclass(frozen=True)
class Pair:
    """Only new connections follow the address when it moves; old ones are left as they are."""

    old: EmbeddedStore
    new: EmbeddedStore
    address: Proxy

    async def hand_over(self) -> None:
        """The old primary becomes a replica, which refuses to write."""
        async with Redis.from_url(self.old.url) as redis:
            await redis.execute_command("REPLICAOF", "127.0.0.1", self.new.port)
        self.address.target = "127.0.0.1", self.new.port or 0


@asynccontextmanager
async def failover_pair(directory: Path) -> AsyncIterator[Pair]:
    """Both run, and both are empty."""
    with (
        EmbeddedStore(directory / "old", port=0, durable=False) as old,
        EmbeddedStore(directory / "new", port=0, durable=False) as new,
    ):
        async with Proxy(("127.0.0.1", old.port or 0)) as address:
            yield Pair(old, new, address)
        new.kill()  # told to stop, it would wait for its replica
