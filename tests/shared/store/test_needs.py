import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shared import lifecycle
from shared.disposal import dispose
from shared.errors import FileIsGoing, StoreUnavailable
from shared.files import FileStore, StoredFile
from shared.ids import uuid7
from shared.job import Job, JobError
from shared.schedules import Step
from shared.store import Change, Store, keys, needs, schedules
from shared.store.needs import named
from tests.shared.schedule_examples import schedule

WORKER = "worker-1"
NewJob = Callable[..., Job]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path.as_uri())


@pytest.fixture
def stored(files: FileStore) -> StoredFile:
    return files.save(b"content", "text/plain")


def naming(*ids: str) -> Raw:
    return Raw(json.dumps({"fileId": ids[0], "more": [{"fileId": id} for id in ids[1:]]}).encode())


IDS = st.integers(0, 2**48 - 1).map(lambda ms: uuid7(ms, 0, 0))
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(IDS, IDS, VALUES, VALUES)
def test_files_are_found_wherever_a_payload_names_them(one: str, two: str, before: Any, after: Any) -> None:
    payload: Any = {"a": before, "b": [{"fileId": one, "c": after}], "pages": {"fileIds": [two, "no id"]}, "id": "x"}
    for indent in (None, 2):
        assert named(Raw(json.dumps(payload, indent=indent).encode())) == {one, two}


def test_a_file_is_found_however_its_characters_are_written() -> None:
    id = uuid7(1, 0, 0)
    assert named(Raw(f'{{"file\\u0049d": "\\u0030{id[1:]}"}}'.encode())) == {id}


def test_what_is_no_file_is_not_named() -> None:
    id = uuid7(1, 0, 0)
    cases: tuple[Any, ...] = ({"jobId": id}, {"text": f'"fileId": "{id}"'}, {"fileId": f"{id}0"}, {"fileIds": []}, [id])
    for payload in cases:
        assert named(Raw(json.dumps(payload).encode())) == set()


async def test_a_file_stays_until_the_last_job_that_needs_it_has_ended(
    store: Store, files: FileStore, stored: StoredFile, new_job: NewJob
) -> None:
    jobs = [new_job(payload=naming(stored.file_id), now=store.now()) for _ in range(2)]
    await store.submit([jobs[0]])
    await store.submit_at_once([jobs[1]])
    for job in jobs:
        assert not await dispose(store.link, files, stored)
        await store.write([Change(job, lifecycle.cancel(job, store.now()))])
    assert await dispose(store.link, files, stored)
    assert files.page(10) == ([], None)


async def test_a_job_that_is_retried_needs_its_file_again(
    store: Store, files: FileStore, stored: StoredFile, new_job: NewJob
) -> None:
    now = store.now()
    job = new_job(payload=naming(stored.file_id), now=now)
    failed = lifecycle.reject(lifecycle.claim(job, WORKER, now), now, JobError("rejected", "No."))
    await store.submit([failed])
    await needs.tidy(store.link)
    await store.write([Change(failed, lifecycle.retry(failed, now))])
    assert not await dispose(store.link, files, stored)


async def test_no_job_can_begin_to_need_a_file_that_is_being_removed(
    store: Store, stored: StoredFile, new_job: NewJob
) -> None:
    job = new_job(payload=naming(stored.file_id), now=store.now())
    assert await needs.free(store.link, "default", stored)
    with pytest.raises(FileIsGoing, match=stored.file_id):
        await store.submit([job])
    assert await store.link.redis.get(keys.JOB + job.id) is None
    await needs.spare(store.link, "default", stored.file_id)
    await store.submit([job])
    assert not await needs.free(store.link, "default", stored)


async def test_a_job_that_is_about_to_be_written_needs_its_file(
    store: Store, stored: StoredFile, new_job: NewJob
) -> None:
    await needs.note(store.link, [new_job(payload=naming(stored.file_id))])
    assert not await needs.free(store.link, "default", stored)
    link, key = store.link, keys.needs("default", stored.file_id)
    await link.redis.zadd(key, dict.fromkeys(await link.redis.zrange(key, 0, -1), store.now() - needs.GRACE - 1))
    assert await needs.free(link, "default", stored)


async def test_what_a_job_made_stays_while_somebody_waits_for_that_job(
    store: Store, files: FileStore, new_job: NewJob
) -> None:
    now = store.now()
    child, parent = new_job(now=now), new_job(now=now)
    made = files.made_by(child.id).save(b"content", "text/plain")
    await store.submit([child])
    assert not await needs.free(store.link, "default", made)
    done = lifecycle.cancel(child, now)
    await store.write([Change(child, done)])
    await store.submit([parent])
    await store.link.redis.hset(keys.PARENTS, child.id, parent.id)  # type: ignore[misc]  # its stub
    assert not await needs.free(store.link, "default", made)
    await store.write([Change(parent, lifecycle.cancel(parent, now))])
    assert await needs.free(store.link, "default", made)


async def test_a_schedule_needs_its_file_as_long_as_it_names_it(
    store: Store, stored: StoredFile, new_job: NewJob
) -> None:
    now = store.now()
    job = new_job(payload=naming(stored.file_id), now=0)
    recurring = schedule(now, id=new_job(now=now).id, cron="0 * * * *", job=job)
    assert await schedules.save(store.link, Step(recurring))
    assert not await needs.free(store.link, "default", stored)
    assert await schedules.remove(store.link, recurring)
    await store.link.redis.zadd(keys.needs("default", stored.file_id), {keys.SCHEDULE + recurring.id: 1})
    assert await needs.free(store.link, "default", stored)


async def test_notes_of_jobs_that_have_ended_are_forgotten(store: Store, stored: StoredFile, new_job: NewJob) -> None:
    jobs = [new_job(payload=naming(stored.file_id), now=store.now()) for _ in range(300)]
    await store.submit(jobs)
    await store.write([Change(job, lifecycle.cancel(job, store.now())) for job in jobs[1:]])
    key = keys.needs("default", stored.file_id)

    async def tidy_up() -> int:
        for _ in range(100):
            await store.link.redis.zadd(keys.NEEDED, {f"default {stored.file_id}": 0}, xx=True)
            await needs.tidy(store.link)
        return int(await store.link.redis.zcard(key))

    assert await tidy_up() == 1
    await store.write([Change(jobs[0], lifecycle.cancel(jobs[0], store.now()))])
    assert await tidy_up() == 0
    assert await store.link.redis.zcard(keys.NEEDED) == 0


async def test_a_file_that_cannot_be_removed_may_be_needed_again(
    store: Store, tmp_path: Path, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileStore((tmp_path / "place").as_uri())
    stored = files.save(b"content", "text/plain")
    (tmp_path / "place").rename(tmp_path / "elsewhere")
    (tmp_path / "place").write_bytes(b"no directory")
    with pytest.raises(StoreUnavailable, match="file storage"):
        await dispose(store.link, files, stored)
    await store.submit([new_job(payload=naming(stored.file_id), now=store.now())])
