"""What is left of finished jobs once their time is over: nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import FileNotFound
from shared.files import FileStore
from shared.job import Job, JobError, Keep, ResultFile, Status
from shared.store import Change, Store, Tidings, keys
from shared.store.retention import MOST
from worker_service.retention import remove_expired

MakeJob = Callable[..., Job]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore((tmp_path / "files").as_uri())


async def completed(store: Store, job: Job, file: ResultFile | None = None, result: bytes = b"1") -> Job:
    """It is submitted, told of, and has completed two seconds ago."""
    await store.submit([job])
    claimed = lifecycle.claim(job, "w", store.now() - 3000)
    done = lifecycle.complete(claimed, Raw(result), store.now() - 2000, file)
    await store.write([Change(job, claimed)])
    await store.tell([Tidings(job.id, claimed.fence, b'{"percent":1}', ("a line",))])
    (written,) = await store.write([Change(claimed, done)])
    assert written is done
    return done


async def saved(files: FileStore, content: bytes = b"[]") -> ResultFile:
    stored = await files.save_async(content, "application/json")
    return ResultFile(stored.file_id, stored.bytes)


def standing(redis: Any) -> dict[bytes, Any]:
    """All keys but those of what happened lately, with the members of the sorted sets."""
    found = [key for key in redis.scan_iter() if not key.startswith((b"dmps:flow:", b"dmps:event"))]
    return {key: redis.zrange(key, 0, -1) if redis.type(key) == b"zset" else None for key in found}


async def test_nothing_of_an_expired_job_remains(store: Store, new_job: MakeJob, redis: Any, files: FileStore) -> None:
    kept = await completed(store, new_job(tags=["a"], queue="images", keep_for=60.0))
    before, file = standing(redis), await saved(files)
    await completed(store, new_job(tags=["a"], queue="images", keep_for=1.0), file)
    await completed(store, new_job(tags=["b"], type="other", keep_for=1.0))
    redis.delete("dmps:bell:default")
    assert len(standing(redis)) > len(before)
    assert await remove_expired(store.link, files) == 2
    assert standing(redis) == before
    assert (await store.view("default", kept.id)).job == kept
    with pytest.raises(FileNotFound):
        files.info(file.file_id)


async def test_thousands_that_are_due_go_at_once(store: Store, new_job: MakeJob, redis: Any, files: FileStore) -> None:
    jobs = [new_job(keep_for=1.0, tags=["t"]) for _ in range(2 * MOST + 7)]
    await store.submit(jobs)
    changes = [Change(job, lifecycle.cancel(job, store.now() - 2000)) for job in jobs]
    for start in range(0, len(jobs), 500):
        await store.write(changes[start : start + 500])
    assert await remove_expired(store.link, files) == len(jobs)
    assert redis.keys("dmps:job:*") == redis.keys("dmps:default:ended:*") == redis.keys("dmps:default:tag:*") == []
    assert redis.zcard(keys.RETENTION) == redis.hlen(keys.DEPTH) == 0


async def test_a_job_stays_for_as_long_as_its_file_cannot_be_removed(
    store: Store, new_job: MakeJob, redis: Any, files: FileStore, tmp_path: Path
) -> None:
    file = await saved(files)
    stuck = await completed(store, new_job(keep_for=0.5), file)
    others = [await completed(store, new_job(keep_for=1.0)) for _ in range(3)]
    (tmp_path / "no directory").write_bytes(b"")
    broken = FileStore((tmp_path / "no directory" / "files").as_uri())
    assert await remove_expired(store.link, broken) == len(others)
    assert redis.exists(keys.JOB + stuck.id)
    assert await remove_expired(store.link, files) == 1
    assert not redis.exists(keys.JOB + stuck.id)


async def test_only_the_end_of_a_record_names_the_file_of_its_result(
    store: Store, new_job: MakeJob, files: FileStore
) -> None:
    file = await saved(files)
    forged = b'{"resultFile":{"fileId":"%s","bytes":2}}' % file.file_id.encode()
    await completed(store, new_job(keep_for=1.0, payload=Raw(forged)), result=forged)
    await completed(store, new_job(keep_for=1.0), result=b'"' + forged.replace(b'"', b'\\"') + b'"')
    assert await remove_expired(store.link, files) == 2
    assert files.info(file.file_id)


async def test_the_file_of_a_large_record_is_found(store: Store, new_job: MakeJob, files: FileStore) -> None:
    file = await saved(files)
    await completed(store, new_job(keep_for=1.0, payload=Raw(b'"' + b"x" * 10_000 + b'"')), file)
    assert await remove_expired(store.link, files) == 1
    with pytest.raises(FileNotFound):
        files.info(file.file_id)


async def test_a_job_that_is_retried_is_no_longer_listed_as_ended(store: Store, new_job: MakeJob, redis: Any) -> None:
    job = new_job()
    await store.submit([job])
    failed = lifecycle.give_up(job, store.now(), JobError("expired", "too late"))
    await store.write([Change(job, failed)])
    assert redis.zscore(keys.ended("default", job.type, Status.FAILED), job.id) == failed.completed_at
    await store.write([Change(failed, lifecycle.retry(failed, store.now()))])
    assert redis.keys("dmps:default:ended:*") == []


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        ({}, (86_400, 604_800, 86_400)),
        ({"keep": Keep(failed=5)}, (86_400, 5, 86_400)),
        ({"keep": Keep(1, 2, 3)}, (1, 2, 3)),
        ({"keep": Keep(1, 2, 3), "keep_for": 9.0}, (9, 9, 9)),
    ],
)
def test_a_job_is_kept_as_it_says_itself_or_by_its_status(
    new_job: MakeJob, facts: dict[str, Any], kept: tuple[int, int, int]
) -> None:
    job = new_job(now=0, **facts)
    claimed = lifecycle.claim(job, "w", 0)
    ends = (
        lifecycle.complete(claimed, Raw(b"1"), 0),
        lifecycle.reject(claimed, 0, JobError("rejected", "no")),
        lifecycle.cancel(job, 0),
    )
    assert tuple((end.expires_at or 0) / 1000 for end in ends) == kept
