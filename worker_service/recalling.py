"""Asks the store from where attempts go on that are not the first of their jobs. While it is away, they wait."""

from functools import partial

from msgspec import Raw

from shared.job import NOTHING
from shared.store.checkpoints import MOST, load
from shared.store.coalescer import Coalescer
from shared.store.link import Link
from worker_service.insisting import insist


class Recalling:
    """Attempts that begin together share a call."""

    def __init__(self, link: Link) -> None:
        self._calls = Coalescer(partial(load, link), lambda _: 1, MOST, MOST)

    async def last(self, job_id: str) -> Raw:
        """The last checkpoint of a job; null if there is none."""
        found = (await insist(lambda: self._calls.send([job_id]))).get(job_id)
        return Raw(found) if found else NOTHING
