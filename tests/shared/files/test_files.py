import hashlib
import resource
import sys
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import FileNotFound, FileTooLarge, Misconfigured, StoreUnavailable
from shared.files import FileStore, StoredFile, sniff
from shared.files.facts import inverted
from shared.files.intake import Intake

NOW = 1_700_000_000_000
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
STATM = Path("/proc/self/statm")
MiB = 1024 * 1024
UNKNOWN = "018bcfe5-6800-7000-8000-000000000000"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "a #directory [with] 100% odd ünits"


@pytest.fixture
def files(directory: Path) -> FileStore:
    return FileStore(directory.as_uri(), clock=lambda: NOW)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def everything_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_what_was_saved_is_read_back(files: FileStore) -> None:
    stored = files.save(b"content", "text/plain")
    assert files.read(stored.file_id) == b"content"
    assert files.info(stored.file_id) == stored
    assert (stored.media_type, stored.bytes, stored.created_at) == ("text/plain", 7, NOW)
    assert stored.sha256 == hashlib.sha256(b"content").hexdigest()


def test_another_store_of_the_same_url_sees_the_file(files: FileStore) -> None:
    stored = files.save(b"content", "text/plain")
    assert FileStore(files.url).info(stored.file_id) == stored


def test_the_directory_is_made_on_first_use_only(files: FileStore, directory: Path) -> None:
    assert not directory.exists()
    files.save(b"content", "text/plain")
    assert directory.is_dir()


def test_a_tenant_sees_its_own_files_alone(files: FileStore) -> None:
    stored = files.of("acme").save(b"content", "text/plain")
    assert files.of("acme").read(stored.file_id) == b"content"
    for others in (files, files.of("umbrella")):
        with pytest.raises(FileNotFound):
            others.read(stored.file_id)


@pytest.mark.parametrize("name", ["", "..", "../acme", "a/b", "Acme", "a\0"])
def test_what_cannot_be_a_tenant_has_no_files(files: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="No tenant"):
        files.of(name)


def test_an_empty_file_is_a_file(files: FileStore) -> None:
    assert files.read(files.save(b"", "text/plain").file_id) == b""


def test_an_open_file_is_a_real_one(files: FileStore) -> None:
    stored = files.save(b"content", "text/plain")
    with files.open(stored.file_id) as content:
        assert content.seek(3) == 3
        assert content.read() == b"tent"
        assert Path(content.name).read_bytes() == b"content"


async def test_a_stream_is_saved_with_its_size_hash_and_sniffed_type(files: FileStore) -> None:
    stored = await files.save_stream(chunks(PNG[:5], PNG[5:], bytes(100_000)), limit=1_000_000)
    content = PNG + bytes(100_000)
    assert files.read(stored.file_id) == content
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.bytes, stored.media_type) == (len(content), "image/png")
    assert await files.info_async(stored.file_id) == stored


async def test_a_stream_of_exactly_the_limit_is_taken(files: FileStore) -> None:
    assert (await files.save_stream(chunks(b"12345", b"67890"), limit=10)).bytes == 10


async def test_a_stream_beyond_the_limit_leaves_nothing_behind(files: FileStore, directory: Path) -> None:
    with pytest.raises(FileTooLarge, match="limit of 10 bytes"):
        await files.save_stream(chunks(b"12345", b"67890", b"1"), limit=10)
    assert everything_in(directory) == []


async def test_a_sender_that_breaks_off_leaves_nothing_behind(files: FileStore, directory: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(6_000_000)
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        await files.save_stream(broken(), limit=10_000_000)
    assert everything_in(directory) == []


@pytest.mark.skipif(not STATM.exists(), reason="reads the memory of this process from Linux")
async def test_an_upload_is_held_in_little_memory(files: FileStore) -> None:
    resident: list[int] = []

    def note_memory() -> None:
        resident.append(int(STATM.read_text().split()[1]) * resource.getpagesize())

    async def large() -> AsyncIterator[bytes]:
        for _ in range(2_000):
            note_memory()
            yield bytes(64 * 1024)

    stored = await files.save_stream(large(), limit=256 * MiB)
    assert stored.bytes == 125 * MiB
    assert max(resident) - resident[0] < 48 * MiB


async def test_content_without_facts_is_no_file(files: FileStore, directory: Path) -> None:
    stored = files.save(b"content", "text/plain")
    (directory / "default/facts" / f"{inverted(stored.file_id)}.json").unlink()
    for look in (files.info, files.read, files.open):
        with pytest.raises(FileNotFound, match=stored.file_id):
            look(stored.file_id)
    with pytest.raises(FileNotFound):
        await files.stream(stored.file_id)


async def test_facts_without_content_are_no_file(files: FileStore, directory: Path) -> None:
    stored = files.save(b"content", "text/plain")
    (directory / "default/content" / inverted(stored.file_id)).unlink()
    with pytest.raises(FileNotFound, match=stored.file_id):
        files.read(stored.file_id)
    with pytest.raises(FileNotFound, match=stored.file_id):
        await files.stream(stored.file_id)


async def test_a_stream_gives_the_content_back(files: FileStore) -> None:
    content = bytes(range(256)) * 1_000
    stored = await files.save_async(content, "application/octet-stream")
    assert b"".join([chunk async for chunk in await files.stream(stored.file_id)]) == content
    assert await files.read_async(stored.file_id) == content


@given(st.text() | st.sampled_from(["..", "../info/x", "", "a/b", UNKNOWN.upper(), f"{UNKNOWN}\n", f"../{UNKNOWN}"]))
def test_no_text_but_an_id_of_ours_gets_near_a_path(file_id: str) -> None:
    nowhere = FileStore("file:///dev/null/is/no/directory")  # any touch of it raises StoreUnavailable
    with pytest.raises(FileNotFound):
        nowhere.info(file_id)


def test_an_unknown_id_is_not_found(files: FileStore) -> None:
    with pytest.raises(FileNotFound, match=UNKNOWN):
        files.info(UNKNOWN)


async def test_storage_that_fails_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "plain file").write_bytes(b"")
    files = FileStore((tmp_path / "plain file" / "files").as_uri())
    with pytest.raises(StoreUnavailable, match="file storage"):
        files.save(b"content", "text/plain")
    with pytest.raises(StoreUnavailable, match="file storage"):
        await files.save_stream(chunks(b"content"), limit=10)
    with pytest.raises(StoreUnavailable, match="file storage"):
        files.info(UNKNOWN)


@pytest.mark.parametrize("url", ["ftp://host/files", "s3:///files", "/var/lib/files", "file://host/files", ""])
def test_only_urls_of_directories_and_object_stores_are_taken(url: str) -> None:
    with pytest.raises(Misconfigured, match="file:///"):
        FileStore(url)


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif"),
        (b"plain words\n", "text/plain"),
        (b'{"a": 1}', "application/json"),
        (b"\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_bytes_tell_the_media_type(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


@given(st.sampled_from([b"", PNG[:8], b"RIFF", b"PK\x03\x04", b"<svg", b"%PDF-"]), st.binary(max_size=5_000))
@settings(max_examples=200, deadline=None)
def test_whatever_the_bytes_a_media_type_comes_out(start: bytes, rest: bytes) -> None:
    kind, _, subtype = sniff(start + rest).partition("/")
    assert kind
    assert subtype


def test_equal_contents_take_the_room_of_one(files: FileStore, directory: Path) -> None:
    one, two = files.save(b"equal", "text/plain"), files.save(b"equal", "text/plain")
    other = files.save(b"other", "text/plain")
    assert one.file_id != two.file_id
    assert len({(directory / "default/content" / inverted(each.file_id)).stat().st_ino for each in (one, two)}) == 1
    files.remove(one.file_id)
    assert files.read(two.file_id) == b"equal"
    files.remove(two.file_id)
    files.remove(other.file_id)
    assert everything_in(directory) == []


def test_equal_contents_of_two_tenants_share_nothing(files: FileStore, directory: Path) -> None:
    kept = [(files.of(tenant), files.of(tenant).save(b"equal", "text/plain")) for tenant in ("acme", "umbrella")]
    contents = [directory / each.shelf.key("content", stored.file_id) for each, stored in kept]
    assert len({content.stat().st_ino for content in contents}) == 2


def test_contents_that_cannot_be_linked_are_kept_twice(
    files: FileStore, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    one, two = files.save(b"equal", "text/plain"), files.save(b"equal", "text/plain")
    files.remove(one.file_id)
    assert files.read(two.file_id) == b"equal"


def test_files_are_listed_page_by_page_the_newest_first(files: FileStore) -> None:
    saved = [files.save(bytes([number]), "text/plain", name=f"{number}.txt") for number in range(5)]
    files.save(b"{}", "application/json", is_result=True)
    found: list[StoredFile] = []
    sizes, after = [], ""
    for _ in range(3):
        page, next = files.page(2, after)
        found += page
        sizes.append(len(page))
        after = next or ""
    assert found == saved[::-1]
    assert sizes == [2, 2, 1]  # the result of a job is no file that anybody uploaded
    assert after == ""


def test_a_page_does_not_hold_the_names_of_all_files(files: FileStore, directory: Path) -> None:
    newest = [files.save(b"content", "text/plain") for _ in range(3)][::-1]
    names = {f"ffff{number:04}.json" for number in range(10_000)}  # which sort after those that are read
    for name in names:
        (directory / "default/facts" / name).touch()
    tracemalloc.start()
    try:
        assert files.page(2) == (newest[:2], newest[1].file_id)
        assert tracemalloc.get_traced_memory()[1] < sum(map(sys.getsizeof, names)) / 2
    finally:
        tracemalloc.stop()


async def test_a_part_of_a_file_is_read(files: FileStore) -> None:
    stored = files.save(bytes(range(256)) * 10_000, "text/plain")
    part = b"".join([chunk async for chunk in await files.stream(stored.file_id, 255, 2_000_001)])
    assert part == (bytes(range(256)) * 10_000)[255:2_000_001]


async def test_a_check_may_refuse_what_arrived(files: FileStore, directory: Path) -> None:
    def refuse(intake: Intake) -> None:
        raise ValueError(f"{intake.count} bytes, but not these")

    with pytest.raises(ValueError, match="4 bytes"):
        await files.save_stream(chunks(b"ab", b"cd"), 10, refuse)
    assert everything_in(directory) == []
