"""The files of checkpoints: kept while their job may need them, and no longer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import FileNotFound
from shared.files import FileStore
from shared.job import Job
from shared.store import Change, Store, Tidings, keys
from worker_service.leftovers import remove_leftovers


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path.as_uri())


async def test_they_are_removed_once_their_job_has_ended(
    store: Store, new_job: Callable[..., Job], files: FileStore, redis: Any
) -> None:
    jobs = [new_job(now=store.now(), tenant=tenant) for tenant in ("default", "acme")]
    await store.submit(jobs)
    held = [lifecycle.claim(job, "w", store.now()) for job in jobs]
    await store.write([Change(*change) for change in zip(jobs, held, strict=True)])
    parts = [files.of(job.tenant).save(b"half of it", "text/plain").file_id for job in jobs]
    await store.tell(
        [Tidings(job.id, job.fence, b"", (), b"1", (part,), job.tenant) for job, part in zip(held, parts, strict=True)]
    )
    assert await remove_leftovers(store.link, files) == 0
    await store.write([Change(job, lifecycle.complete(job, Raw(b"1"), store.now())) for job in held[1:]])
    assert await remove_leftovers(store.link, files) == 1
    assert files.read(parts[0]) == b"half of it"
    with pytest.raises(FileNotFound):
        files.of("acme").read(parts[1])
    assert redis.hkeys(keys.PARTS) == [parts[0].encode()]


async def test_an_owner_that_there_cannot_be_does_no_harm(store: Store, files: FileStore, redis: Any) -> None:
    redis.hset(keys.PARTS, mapping={"one": "../etc 1", "two": "nonsense"})
    assert await remove_leftovers(store.link, files) == 2
    assert redis.exists(keys.PARTS) == 0


async def test_one_that_another_job_needs_stays_until_that_has_ended(
    store: Store, new_job: Callable[..., Job], files: FileStore
) -> None:
    maker = new_job(now=store.now())
    await store.submit([maker])
    held = lifecycle.claim(maker, "w", store.now())
    part = files.made_by(maker.id).save(b"half of it", "text/plain").file_id
    await store.write([Change(maker, held)])
    await store.tell([Tidings(maker.id, held.fence, b"", (), b"1", (part,))])
    other = new_job(now=store.now(), payload=Raw(b'{"fileId":"%s"}' % part.encode()))
    await store.submit([other])
    await store.write([Change(held, lifecycle.complete(held, Raw(b"1"), store.now()))])
    assert await remove_leftovers(store.link, files) == 0
    assert files.read(part) == b"half of it"
    await store.write([Change(other, lifecycle.cancel(other, store.now()))])
    assert await remove_leftovers(store.link, files) == 1
    with pytest.raises(FileNotFound):
        files.read(part)
