"""Digests of a file."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from worker_service.processors.file_processing.any_file.reading import as_it_passes, chunks
from worker_service.processors.file_processing.work import Parameters, Report, Work


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class _Crc32:
    """CRC-32 (ISO 3309), as gzip and zip have it, with hashlib's methods."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


DIGESTS: Mapping[str, Callable[[], _Digest]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "blake2b": hashlib.blake2b,
    "crc32": _Crc32,
}


def checksum(work: Work, asked: Parameters) -> Report:
    """Of the file as it came, whatever it is, or as it would be written now. All digests of one reading."""
    digests = {name: DIGESTS[name]() for name in dict.fromkeys(["sha256", *asked["algorithms"]])}
    size = 0
    with as_it_passes(work) as content:
        for chunk in chunks(content):
            size += len(chunk)
            for digest in digests.values():
                digest.update(chunk)
    return {**{name: digest.hexdigest() for name, digest in digests.items()}, "bytes": size}
