from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from shared import lifecycle
from shared.errors import FileNotFound
from shared.file_settings import FileSettings
from shared.files import FileStore, StoredFile
from shared.files.facts import Upload
from shared.ids import uuid7
from shared.job import DEFAULT_TENANT, Job, ResultFile
from shared.store import Change, Store
from worker_service.file_retention import HOUR, UNSEEN, UPLOAD_KEPT_MS, remove_old

NewJob = Callable[..., Job]
FOR_EVER = FileSettings()


class Clock:
    """Tells the time that it is set to (ms)."""

    time = 0

    def __call__(self) -> int:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> FileStore:
    return FileStore(tmp_path.as_uri(), clock)


@pytest.fixture
def save(store: Store, files: FileStore, clock: Clock) -> Callable[..., StoredFile]:
    """Saves a file so many seconds ago."""

    def saved(seconds: float, content: bytes = b"content", to: str = DEFAULT_TENANT, **told: Any) -> StoredFile:
        clock.time = store.now() - round(seconds * 1000)
        return files.of(to).save(content, "text/plain", **told)

    return saved


def left(files: FileStore) -> list[str]:
    return [stored.file_id for stored in files.page(200)[0]]


async def test_files_stay_unless_there_is_a_limit(store: Store, files: FileStore, save: Any) -> None:
    old = save(1_000_000_000)
    assert await remove_old(store.link, files, FOR_EVER) == 0
    assert left(files) == [old.file_id]


async def test_old_files_go_and_those_that_are_needed_stay(
    store: Store, files: FileStore, save: Any, new_job: NewJob
) -> None:
    needed, old, new = save(120), save(100), save(10)
    job = new_job(payload=Raw(f'{{"fileId": "{needed.file_id}"}}'.encode()), now=store.now())
    await store.submit([job])
    keep = replace(FOR_EVER, keep=60)
    assert await remove_old(store.link, files, keep) == 1
    assert left(files) == [new.file_id, needed.file_id]
    await store.write([Change(job, lifecycle.cancel(job, store.now()))])
    assert await remove_old(store.link, files, keep) == 1
    assert left(files) == [new.file_id]
    assert old.file_id not in left(files)


async def test_too_many_bytes_go_the_oldest_first_and_equal_ones_count_once(
    store: Store, files: FileStore, save: Any
) -> None:
    oldest, twin = save(4_004, bytes(100)), save(4_003, bytes(100))
    other, newest = save(4_002, b"x" * 50), save(4_001, b"y" * 50)
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=200)) == 0
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=199)) == 2  # one alone frees nothing
    assert left(files) == [newest.file_id, other.file_id]
    assert {oldest.file_id, twin.file_id}.isdisjoint(left(files))


async def test_the_tenant_that_takes_most_makes_room(store: Store, files: FileStore, save: Any) -> None:
    theirs = save(9_000, bytes(100), to="acme")
    ours = [save(age, bytes([age // 1000]) * 70) for age in (8_000, 7_000)]
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=239)) == 1
    assert left(files.of("acme")) == [theirs.file_id]
    assert left(files) == [ours[1].file_id]


async def test_nobody_makes_room_within_an_equal_share_whoever_takes_more(
    store: Store, files: FileStore, save: Any
) -> None:
    theirs, old, fresh = save(9_000, bytes(100), to="acme"), save(3_700, b"x" * 1_000), save(3_500, bytes(1_000))
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=200)) == 1
    assert (left(files), left(files.of("acme"))) == ([fresh.file_id], [theirs.file_id])
    assert old.file_id not in left(files)
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=199)) == 1  # a share is less than theirs
    assert (left(files), left(files.of("acme"))) == ([fresh.file_id], [])


async def test_uploads_that_have_not_ended_take_room(store: Store, files: FileStore, save: Any) -> None:
    old = save(4_000, bytes(100))
    id = uuid7(store.now(), 0, 0)
    files.shelf.storage.save(files.shelf.key("pending", id), bytes(50))
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=150)) == 0
    assert await remove_old(store.link, files, replace(FOR_EVER, limit=149)) == 1
    assert old.file_id not in left(files)


async def test_the_result_of_a_job_stays_as_long_as_its_record_names_it(
    store: Store, files: FileStore, save: Any, new_job: NewJob, clock: Clock
) -> None:
    now = store.now()
    job = lifecycle.claim(new_job(now=now), "worker-1", now)
    clock.time = now - 2 * HOUR
    lost, kept = [files.made_by(job.id).save(name, "application/json", is_result=True) for name in (b"1", b"2")]
    done = lifecycle.complete(job, Raw(b"null"), now, ResultFile(kept.file_id, kept.bytes))
    await store.submit([job])
    assert await remove_old(store.link, files, replace(FOR_EVER, keep=1, limit=1)) == 0
    await store.write([Change(job, done)])
    assert await remove_old(store.link, files, replace(FOR_EVER, keep=1, limit=1)) == 1
    assert files.read(kept.file_id) == b"2"
    with pytest.raises(FileNotFound, match=lost.file_id):
        files.info(lost.file_id)


async def test_what_nobody_can_ask_for_goes_after_days(
    store: Store, files: FileStore, save: Any, tmp_path: Path
) -> None:
    shelf, now = files.shelf, store.now()
    facts = save(0.001)
    for age in (UNSEEN + HOUR, UPLOAD_KEPT_MS + HOUR, UPLOAD_KEPT_MS - HOUR):
        id = uuid7(now - age, 0, 0)
        shelf.storage.save(shelf.key("content", id), b"no facts")
        shelf.keep_upload(Upload(upload_id=id, created_at=now - age))
        shelf.storage.begin(shelf.key("pending", id))
    assert await remove_old(store.link, files, FOR_EVER) == 0
    assert left(files) == [facts.file_id]
    assert len(list(shelf.storage.names("default/content"))) == 3
    assert len(list(shelf.storage.names("default/uploads"))) == 1
    assert len(list(shelf.storage.names("default/pending"))) == 1
