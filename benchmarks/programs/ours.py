"""The submitter of our own jobs, straight into the store, as the API submits them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import randbits
from typing import Any

import msgspec
from msgspec import Raw

from benchmarks.programs import client
from shared import lifecycle
from shared.ids import Ids
from shared.job import DEFAULT_TENANT, Job
from shared.store import Store

CHUNK = 5_000  # jobs made before they are submitted


class Ours:
    """Our own way to submit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._ids = Ids(randbits)

    async def fill(self, count: int, payload: dict[str, Any]) -> None:
        """Submit so many jobs that do nothing."""
        raw = Raw(msgspec.json.encode(payload))
        for start in range(0, count, CHUNK):
            await self.store.submit([self.job("noop", raw) for _ in range(min(CHUNK, count - start))])

    async def stamp(self, submitted_at: int) -> None:
        """Submit a job that will tell how long it waited since then."""
        await self.store.submit([self.job("stamp", Raw(b'{"submittedAt":%d}' % submitted_at))])

    def job(self, type: str, payload: Raw) -> Job:
        """One that is new."""
        now = self.store.now()
        return lifecycle.submit(
            id=self._ids.next(now),
            type=type,
            payload=payload,
            now=now,
            tenant=DEFAULT_TENANT,
            max_attempts=3,
            timeout=60.0,
        )


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Ours]:
    """The submitter on that store."""
    store = Store.connect(url)
    await store.synchronise()
    yield Ours(store)
    await store.close()


if __name__ == "__main__":
    client.main(connect)
