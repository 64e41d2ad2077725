"""Asks the store from where attempts go on that are not the first of their jobs. While it is away, they wait."""

import asyncio
from functools import partial

import structlog
from msgspec import Raw

from shared.cancelling import was_cancelled
from shared.errors import StoreUnavailable
from shared.job import NOTHING
from shared.store.checkpoints import MOST, load
from shared.store.coalescer import Coalescer
from shared.store.link import Link

AGAIN = 0.5  # seconds, while the store is away

log = structlog.get_logger(__name__)


class Recalling:
    """Attempts that begin together share a call."""

    def __init__(self, link: Link) -> None:
        self._calls = Coalescer(partial(load, link), lambda _: 1, MOST, MOST)

    async def last(self, job_id: str) -> Raw:
        """The last checkpoint of a job; null if there is none."""
        while not was_cancelled():
            try:
                found = (await self._calls.send([job_id])).get(job_id)
            except StoreUnavailable as error:
                log.warning("the store is away", reason=str(error))
                await asyncio.sleep(AGAIN)
            else:
                return Raw(found) if found else NOTHING
        raise asyncio.CancelledError
