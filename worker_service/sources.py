"""What a job works on, as a real file that is open: a stored one, one from the payload itself, or one from a URL.

`shared.job_types.sources` has the contract. What comes from elsewhere is kept for as long as the job works on it.
"""

import asyncio
import binascii
import hashlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from shared.address_gate import AddressGate, networks
from shared.errors import FileNotFound
from shared.files import StoredFile, sniff
from shared.files.sniffing import SNIFFED
from shared.job_types.sources import NAMES, WAYS
from shared.scratch import scratch
from worker_service.processors import JobContext, Reject

LARGEST = 1024 * 1024 * 1024  # bytes, where no operator says otherwise


@contextmanager
def opened(job: JobContext, asked: Mapping[str, Any], where: str = "") -> Iterator[tuple[StoredFile, BufferedReader]]:
    """The source of a payload, or of the part of it at `where`, and what is known of it.

    Raises `Reject` for one that cannot be had, and `RetryLater` for one that cannot be had now. What is not stored has
    no `file_id`.
    """
    place = place_of(asked, where)
    if "file_id" in asked:
        with _stored(job, asked["file_id"], place) as found:
            yield found
        return
    with scratch() as directory:
        path = directory / "source"
        if "data_uri" in asked:
            path.write_bytes(_decoded(asked["data_uri"], place))
        else:
            _fetch(job, asked["url"], path, place)
        with path.open("rb") as content:
            yield _facts(content), content


def place_of(asked: Mapping[str, Any], where: str) -> str:
    """Where in the payload its source stands. `where` is a JSON Pointer, or what else a file is called."""
    way = WAYS[next(number for number, name in enumerate(NAMES) if name in asked)]
    return f"{where}/{way}" if not where or where.startswith("/") else where


def is_from_elsewhere(asked: Mapping[str, Any]) -> bool:
    """Whether another attempt may find another content there."""
    return "url" in asked


@contextmanager
def _stored(job: JobContext, file_id: str, where: str) -> Iterator[tuple[StoredFile, BufferedReader]]:
    try:
        stored, content = job.files.info(file_id), job.files.open(file_id)
    except FileNotFound as error:
        raise Reject(f"{where}: {error} Upload it with POST /api/files first.") from error
    with content:
        yield stored, content


def _decoded(uri: str, where: str) -> bytes:
    try:
        content = b64decode(uri.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Reject(f"{where}: This is not base64.") from error
    if not content:
        raise Reject(f"{where}: There is nothing in it.")
    return content


def _fetch(job: JobContext, url: str, path: Path, where: str) -> None:
    from worker_service.fetching import fetch  # noqa: PLC0415 - aiohttp, for those jobs alone that need it

    gate = AddressGate(networks(filter(None, job.configured.get("networks", "").split(","))))
    limit = int(job.configured.get("largest_file", LARGEST))
    job.progress(0, "fetch the file")
    with path.open("wb") as target:
        asyncio.run(fetch(url, gate, target, limit, where))


def _facts(content: BufferedReader) -> StoredFile:
    head = content.read(SNIFFED)
    content.seek(0)
    sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    size = content.seek(0, 2)
    content.seek(0)
    return StoredFile(file_id="", media_type=sniff(head), bytes=size, sha256=sha256, created_at=0)
