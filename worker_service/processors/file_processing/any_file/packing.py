"""Packing and unpacking: gzip (RFC 1952), zstd (RFC 8878) and zip, within the limits of `archives`."""

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from tempfile import mkstemp
from typing import IO, Any, cast

import zstandard

from shared.files import sniff
from worker_service.processors import Reject
from worker_service.processors.file_processing.any_file.reading import (
    CHUNK,
    as_it_passes,
    as_it_stands,
    chunks,
    passing,
)
from worker_service.processors.file_processing.archives import Budget, budget_for, refuse_hostile
from worker_service.processors.file_processing.work import Bundle, Parameters, Work

MEDIA_TYPES = {"gzip": "application/gzip", "zstd": "application/zstd", "zip": "application/zip"}
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
NESTED = frozenset({"application/gzip", "application/zstd", "application/zip", "application/x-gzip"})
WINDOW = 8 * 1024 * 1024  # bytes of memory that a zstd frame may ask for (RFC 8878, section 3.1.1.1.2)
PIECE = 1024  # bytes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that zip has: the same file packs to the same bytes
WRONG = (
    OSError,
    EOFError,
    zlib.error,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, eq=False)
class Packed:
    """A file that was packed or unpacked."""

    path: Path
    media_type: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def content(self) -> Iterator[BufferedReader]:
        """The file, open for reading."""
        with self.path.open("rb") as file:
            yield file


def compress(work: Work, asked: Parameters) -> Packed:
    """The file as it stands, packed. Nothing in it tells of when or where that was."""
    path = _new(work)
    with as_it_passes(work) as content, path.open("wb") as out:
        PACKERS[asked["format"]](content, out, asked)
    return Packed(path, MEDIA_TYPES[asked["format"]])


def _gzip(content: BufferedIOBase, out: IO[bytes], asked: Parameters) -> None:
    with gzip.GzipFile("", "wb", asked["level"], out, mtime=0) as packer:
        shutil.copyfileobj(content, packer, CHUNK)


def _zstd(content: BufferedIOBase, out: IO[bytes], asked: Parameters) -> None:
    zstandard.ZstdCompressor(level=asked["level"] * 2).copy_stream(cast("IO[bytes]", content), out)


def _zip(content: BufferedIOBase, out: IO[bytes], asked: Parameters) -> None:
    entry = zipfile.ZipInfo(asked["name"], EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=asked["level"]) as archive:
        entry._compresslevel = asked["level"]  # type: ignore[attr-defined]  # noqa: SLF001 - public only from 3.13 on
        with archive.open(entry, "w", force_zip64=True) as packer:
            shutil.copyfileobj(content, packer, CHUNK)


PACKERS: Mapping[str, Callable[[BufferedIOBase, IO[bytes], Parameters], None]] = {
    "gzip": _gzip,
    "zstd": _zstd,
    "zip": _zip,
}


def decompress(work: Work, _: Parameters) -> Packed | Bundle:
    """What was packed: one file, or those of a zip. Raises `Reject` beyond a limit, and for what is damaged."""
    with as_it_stands(work) as content:
        head = content.read(4)
        kind = next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)
        size = content.seek(0, 2)
        content.seek(0)
        try:
            if kind == "zip":
                return _unzip(work, content)
            if kind == "gzip":
                with gzip.GzipFile(fileobj=passing(content, work.within)) as unpacked:
                    return _unpack(work, chunks(unpacked), budget_for(size))
            if kind == "zstd":
                return _unpack(work, _unzstd(passing(content, work.within)), budget_for(size))
        except WRONG as error:
            raise Reject(f"The file is a damaged {kind}: {error}.") from error
    raise Reject("The file is no gzip, zstd or zip.")


def _unzip(work: Work, content: BufferedIOBase) -> Bundle:
    with zipfile.ZipFile(content) as archive:
        refuse_hostile(archive)
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        budget = budget_for(sum(entry.compress_size for entry in entries))
        if not entries:
            raise Reject("The archive has no files.")
        parts = []
        for number, entry in enumerate(entries):
            work.within(number / len(entries))
            with archive.open(entry) as unpacked:  # reading to the end checks its CRC
                parts.append(_unpack(work, chunks(unpacked), budget, {"path": entry.filename}))
        return Bundle(parts)


def _unzstd(content: BufferedIOBase) -> Iterator[bytes]:
    """Frame after frame. A block of four bytes may become 128 KiB (RFC 8878, section 3.1.1.2): few bytes at a time."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    frame = unpacker.decompressobj()
    piece = content.read(PIECE)
    while piece:
        yield frame.decompress(piece)
        piece = frame.unused_data if frame.eof else b""
        if frame.eof and (piece := piece or content.read(PIECE)):
            frame = unpacker.decompressobj()
        elif not frame.eof:
            piece = content.read(PIECE)
    if not frame.eof:
        raise EOFError("it breaks off before its end")


def _unpack(work: Work, unpacked: Iterator[bytes], budget: Budget, facts: Mapping[str, Any] | None = None) -> Packed:
    path = _new(work)
    with path.open("wb") as out:
        for chunk in unpacked:
            budget.take(len(chunk))
            out.write(chunk)
    with path.open("rb") as file:
        media_type = sniff(file.read(CHUNK))
    if media_type in NESTED and not facts:
        raise Reject(f"What is in it is packed again ({media_type}); nested archives are not unpacked.")
    if media_type in NESTED:
        raise Reject(f"The archive has another one in it: {(facts or {}).get('path', '')!r}.")
    return Packed(path, media_type, dict(facts or {}))


def _new(work: Work) -> Path:
    descriptor, name = mkstemp(dir=work.file.scratch)
    with open(descriptor, "wb"):  # noqa: PTH123 - only closes it
        return Path(name)
