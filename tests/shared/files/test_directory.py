"""What two processes do at once to one directory. Each of their locks is of a file that was opened by itself."""

import fcntl
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

import pytest

from shared.errors import UploadBusy
from shared.files.directory import Directory

PENDING, CONTENT = "default/pending/1", "default/content/1"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    found = Directory(tmp_path)
    found.begin(PENDING)
    return found


async def block() -> AsyncIterator[bytes]:
    yield b"more"


async def test_what_is_added_to_is_not_made_a_content(directory: Directory) -> None:
    refused = 0

    async def sent() -> AsyncIterator[bytes]:
        nonlocal refused
        yield b"some"
        with pytest.raises(UploadBusy):
            await directory.adopt(PENDING, CONTENT, aiter)
        refused += 1
        yield b" and more"

    await directory.append(PENDING, 0, sent())
    assert refused == 1
    await directory.adopt(PENDING, CONTENT, aiter)
    assert directory.get(CONTENT) == b"some and more"


async def test_nothing_is_added_to_what_is_being_made_a_content(directory: Directory) -> None:
    await directory.append(PENDING, 0, block())

    async def seen(blocks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for each in blocks:
            yield each
        with pytest.raises(UploadBusy):
            await directory.append(PENDING, 4, block())

    await directory.adopt(PENDING, CONTENT, seen)
    assert directory.get(CONTENT) == b"more"


async def test_whoever_opened_an_upload_before_it_became_a_content_adds_nothing_to_that(
    directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    (tmp_path / CONTENT).parent.mkdir()

    def overtaken(file: int, operation: int) -> None:
        (tmp_path / PENDING).rename(tmp_path / CONTENT)
        lock(file, operation)

    monkeypatch.setattr("fcntl.flock", overtaken)
    with pytest.raises(FileNotFoundError):
        await directory.append(PENDING, 0, block())
    assert directory.get(CONTENT) == b""
