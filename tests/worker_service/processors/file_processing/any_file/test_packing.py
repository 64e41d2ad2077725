import gzip
import io
import stat
import zipfile
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.files import FileStore
from tests.worker_service.processors.file_processing.conftest import Run
from worker_service.processors import Reject

UNPACK = {"operation": "decompress"}
ZEROS = b"\0" * 20_000_000


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in entries:
            writer.writestr(name, content)
    return archive.getvalue()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def lying() -> bytes:
    """Its headers say that it unpacks to ten bytes."""
    honest = zipped(("a", ZEROS))
    return honest.replace(len(ZEROS).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def damaged() -> bytes:
    content = bytearray(zipped(("a", b"some words, and some more words")))
    content[35] ^= 0xFF
    return bytes(content)


def unpacked(run: Run, files: FileStore, content: bytes) -> list[tuple[str | None, bytes]]:
    outputs: list[dict[str, Any]] = run(content, UNPACK)["outputs"]
    return [(output.get("path"), files.read(output["fileId"])) for output in outputs]


@pytest.mark.parametrize("format", ["gzip", "zstd", "zip"])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2_000))
def test_what_was_packed_comes_back(run: Run, files: FileStore, format: str, content: bytes) -> None:
    content = b"x" + content
    (output,) = run(content, {"operation": "compress", "format": format})["outputs"]
    ((_, back),) = unpacked(run, files, files.read(output["fileId"]))
    assert back == content


def test_the_same_file_is_packed_to_the_same_bytes(run: Run) -> None:
    for format in ("gzip", "zstd", "zip"):
        first, second = (run(b"x", {"operation": "compress", "format": format})["outputs"][0]["sha256"] for _ in "ab")
        assert first == second


def test_all_frames_of_a_zstd_are_unpacked(run: Run, files: FileStore) -> None:
    words = [b"some words, ", b"and more" * 10_000]
    assert unpacked(run, files, b"".join(map(zstandard.compress, words))) == [(None, b"".join(words))]


def test_each_file_of_a_zip_is_an_output(run: Run, files: FileStore) -> None:
    assert unpacked(run, files, zipped(("a.txt", b"1"), ("d/", b""), ("d/b.txt", b"2"))) == [
        ("a.txt", b"1"),
        ("d/b.txt", b"2"),
    ]


def test_nothing_follows_several_files(run: Run) -> None:
    with pytest.raises(Reject, match="Nothing can follow"):
        run(zipped(("a", b"1")), UNPACK, {"operation": "checksum"})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(ZEROS, mtime=0), "100 times its size"),
        (zstandard.compress(ZEROS), "100 times its size"),
        (zipped(("a", ZEROS)), "100 times its size"),
        (zipped(("../a", b"")), "leads out of it"),
        (zipped(("/etc/a", b"")), "leads out of it"),
        (zipped(("a\\..\\..\\b", b"")), "leads out of it"),
        (zipped((link(), b"/etc/passwd")), "a link or a device"),
        (zipped(*((str(number), b"") for number in range(1_001))), "the limit is 1,000"),
        (zipped(("z", zipped(("a", b"1")))), "another one in it"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "nested"),
        (gzip.compress(b"x" * 100, mtime=0)[:-5], "damaged gzip"),
        (zstandard.compress(b"some words")[:-3], "damaged zstd"),
        (damaged(), "damaged zip"),
        (lying(), "damaged zip|100 times"),
        (b"plain words", "no gzip, zstd or zip"),
        (zipped(), "no files"),
    ],
    ids=lambda one: one if isinstance(one, str) else "content",
)
def test_a_hostile_or_damaged_archive_is_refused(run: Run, content: bytes, told: str) -> None:
    with pytest.raises(Reject, match=told):
        run(content, UNPACK)
