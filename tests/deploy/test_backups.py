"""A backup of the store as docs/deploy.md makes it, while jobs are submitted, holds all that was accepted before."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from shared.embedded import EmbeddedStore
from shared.job import DEFAULT_TENANT, Job
from shared.store import Store
from tests.waiting import until


@asynccontextmanager
async def started(directory: Path) -> AsyncIterator[tuple[Store, str]]:
    with EmbeddedStore(directory) as server:
        store = Store.connect(server.url)
        await store.synchronise()
        yield store, server.url
        await store.close()


async def back_up(url: str, source: Path, target: Path) -> None:
    """What the page has an operator do."""
    async with Redis.from_url(url) as redis:

        async def rests() -> bool:
            return bool((await redis.info("persistence"))["aof_rewrite_in_progress"] == 0)

        await redis.config_set("auto-aof-rewrite-percentage", 0)
        await until(rests, "no rewrite")
        await asyncio.to_thread(shutil.copytree, source / "appendonlydir", target / "appendonlydir")
        await redis.config_set("auto-aof-rewrite-percentage", 100)


async def test_what_was_accepted_before_a_copy_is_in_it(new_job: Callable[..., Job], tmp_path: Path) -> None:
    accepted: list[str] = []
    async with started(tmp_path / "store") as (store, url):

        async def keep_submitting() -> None:
            while True:
                job = new_job()
                await store.submit([job])
                accepted.append(job.id)

        async def many() -> bool:
            return len(accepted) > 100

        submitting = asyncio.create_task(keep_submitting())
        await until(many, "some jobs")
        before = list(accepted)
        await back_up(url, tmp_path / "store", tmp_path / "copy")
        submitting.cancel()
        await asyncio.gather(submitting, return_exceptions=True)
    async with started(tmp_path / "copy") as (restored, _):
        assert [(await restored.view(DEFAULT_TENANT, job_id)).job.id for job_id in before] == before
