"""A replica has taken over; old connections still lead to the old primary, which refuses to write."""

import asyncio
from pathlib import Path

import pytest

from shared.errors import StoreUnavailable
from shared.store import Store
from tests.failover import failover_pair
from tests.shared.store.claiming import MakeJob

LINKS = 5


async def test_after_one_refusal_to_write_all_connections_go_to_the_new_primary(
    tmp_path: Path, new_job: MakeJob
) -> None:
    job = new_job()
    async with failover_pair(tmp_path) as pair:
        store = Store.connect(pair.address.url)
        await asyncio.gather(*(store.forget_worker("any") for _ in range(LINKS)))
        assert len(pair.address._links) == LINKS
        await pair.hand_over()
        with pytest.raises(StoreUnavailable, match="read only replica"):
            await store.submit([job])
        await asyncio.gather(*(store.forget_worker("any") for _ in range(LINKS)))
        await store.submit([job])
        assert (await store.view(job.tenant, job.id)).job == job
        await store.close()
