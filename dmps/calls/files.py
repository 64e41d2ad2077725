"""Files: what jobs work on, and what they leave."""

import hashlib
from collections.abc import Callable, Generator
from pathlib import Path
from uuid import uuid4

from dmps.calls.asking import path
from dmps.errors import Damaged
from dmps.exchange import Again, Answer, Ask, Plan, Read
from dmps.models.jobs import File

BYTES = {"Content-Type": "application/octet-stream"}


def upload(content: bytes | Path) -> Plan[File]:
    """Store a file, from memory or from disk. An upload that broke off is not repeated: it may have been stored."""
    answer = yield Ask("POST", path("files"), headers=BYTES, body=content, again=Again.IF_REFUSED)
    return answer.read(File)


def download(file_id: str, to: Path | None = None) -> Plan[bytes]:
    """The content of a file. With `to` it is written there, once it is whole, and what is answered is empty.

    Raises `NotFound`, and `Damaged` if it is not what was stored, by its SHA-256.
    """
    answer = yield Ask("GET", path("files", file_id), stream=True)
    promised = answer.headers.get("etag", "").strip('"')
    if to is None:
        content = bytearray()
        yield from _read(promised, content.extend, file_id)
        return bytes(content)
    part = to.with_name(f".{to.name}.{uuid4().hex[:8]}.part")
    try:
        with part.open("xb") as file:
            yield from _read(promised, file.write, file_id)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return b""


def _read(promised: str, keep: Callable[[bytes], object], file_id: str) -> Generator[Read, Answer, None]:
    digest = hashlib.sha256()
    while piece := (yield Read()).body:
        digest.update(piece)
        keep(piece)
    if promised and digest.hexdigest() != promised:
        raise Damaged(f"File {file_id} did not arrive as it is stored. Download it again.")
