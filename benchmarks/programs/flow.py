"""Submits flows, straight into the store: `fill N` submits N no-op jobs, of which the last waits for all others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from benchmarks.programs import client
from benchmarks.programs.ours import CHUNK, Ours
from shared.job import Status
from shared.store import Store


class Flows(Ours):
    """As callers of the API do: children first."""

    async def fill(self, count: int, payload: dict[str, Any]) -> None:
        """Submit so many jobs, the join among them."""
        raw = Raw(msgspec.json.encode(payload))
        join = replace(self.job("noop", raw), status=Status.BLOCKED, child_count=count - 1)
        for start in range(0, count - 1, CHUNK):
            part = range(min(CHUNK, count - 1 - start))
            await self.store.submit([replace(self.job("noop", raw), parent_id=join.id) for _ in part])
        await self.store.submit([join])


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Flows]:
    """The submitter on that store."""
    store = Store.connect(url)
    await store.synchronise()
    yield Flows(store)
    await store.close()


if __name__ == "__main__":
    client.main(connect)
