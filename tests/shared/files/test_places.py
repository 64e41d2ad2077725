"""Both places do the same."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.errors import FileNotFound, FileTooLarge, StoreUnavailable, WrongOffset
from shared.files import FileStore
from tests.processes import ROOT

LARGE = bytes(range(256)) * 50_000  # 12.8 MB: several parts
UNKNOWN = "018bcfe5-6800-7000-8000-000000000000"
DIES = """
import os, sys
from shared.files import FileStore
content = FileStore(sys.argv[1]).open(sys.argv[2])
os.kill(os.getpid(), 9)
"""


async def pieces(content: bytes, size: int = 700_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_what_arrived_is_listed_read_and_removed(kept: FileStore) -> None:
    stored = await kept.save_stream(pieces(LARGE), len(LARGE))
    small = kept.of("acme").save(b"", "text/plain", name="empty.txt")
    assert kept.page(10) == ([stored], None)
    assert kept.of("acme").page(10) == ([small], None)
    assert sorted(kept.shelf.storage.tenants()) == ["acme", "default"]
    assert b"".join([chunk async for chunk in await kept.stream(stored.file_id)]) == LARGE
    assert b"".join([chunk async for chunk in await kept.stream(stored.file_id, 5, 9)]) == LARGE[5:9]
    assert b"".join([chunk async for chunk in await kept.of("acme").stream(small.file_id)]) == b""
    assert len(list(kept.shelf.storage.entries("default/content"))) == 1
    kept.remove(stored.file_id)
    kept.remove(stored.file_id)
    assert kept.page(10) == ([], None)
    assert list(kept.shelf.storage.entries("default/content")) == []


def test_an_open_file_is_a_real_one_as_long_as_it_is_open(kept: FileStore, tmp_path: Path) -> None:
    (tmp_path / "local").write_bytes(LARGE)
    stored = kept.save(tmp_path / "local", "text/plain")
    with kept.open(stored.file_id) as content:
        assert content.seek(3) == 3
        assert content.read() == LARGE[3:]
        assert Path(content.name).read_bytes() == LARGE
    assert content.closed


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are, of this process and of those that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_a_local_copy_goes_when_it_is_closed(bucket: str, temporary: Path) -> None:
    files = FileStore(bucket)
    with files.open(files.save(b"content", "text/plain").file_id) as content:
        assert temporary in Path(content.name).parents
    content.close()
    assert list(temporary.iterdir()) == []


def test_a_copy_whose_process_was_killed_goes_with_a_later_one(bucket: str, temporary: Path) -> None:
    files = FileStore(bucket)
    file_id = files.save(b"content", "text/plain").file_id
    subprocess.run([sys.executable, "-c", DIES, bucket, file_id], check=False, cwd=ROOT)
    (left,) = (path for path in temporary.rglob("*") if path.is_file())
    assert left.read_bytes() == b"content"
    with files.open(file_id) as content:
        assert content.read() == b"content"
        assert not left.exists()
    assert list(temporary.iterdir()) == []


async def test_what_is_refused_on_its_way_leaves_nothing(kept: FileStore) -> None:
    with pytest.raises(FileTooLarge):
        await kept.save_stream(pieces(LARGE), len(LARGE) - 1)
    assert kept.page(10) == ([], None)
    assert list(kept.shelf.storage.entries("default/content")) == []


@pytest.mark.parametrize("after", [0, 700_000])
async def test_a_pending_content_goes_on_where_it_broke_off(kept: FileStore, after: int) -> None:
    storage = kept.shelf.storage

    async def broken() -> AsyncIterator[bytes]:
        yield LARGE[:after]
        raise ConnectionResetError("gone")

    key = kept.shelf.key("pending", UNKNOWN)
    storage.begin(key)
    with pytest.raises(ConnectionResetError):
        await storage.append(key, 0, broken())
    assert storage.arrived(key) == after
    with pytest.raises(WrongOffset, match=f"has {after} bytes"):
        await storage.append(key, after + 1, pieces(b"x"))
    with pytest.raises(ZeroDivisionError):  # what is refused in the end is taken away again
        await storage.append(key, after, pieces(LARGE[after:], 3_000_000), lambda: 1 // 0)
    assert storage.arrived(key) == after
    await storage.append(key, after, pieces(LARGE[after:], 3_000_000))
    stored = await kept.adopt(UNKNOWN, lambda _: None)
    assert stored.file_id == UNKNOWN
    assert kept.read(UNKNOWN) == LARGE
    with pytest.raises(FileNotFoundError):
        storage.arrived(key)


def test_what_is_not_there_is_not_found(kept: FileStore) -> None:
    for look in (kept.info, kept.open, kept.read):
        with pytest.raises(FileNotFound):
            look(UNKNOWN)
    kept.remove(UNKNOWN)


def test_an_object_store_without_that_bucket_is_unavailable(bucket: str) -> None:
    with pytest.raises(StoreUnavailable):
        FileStore("s3://another/files").save(b"content", "text/plain")
