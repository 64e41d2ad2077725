"""Files: what jobs work on, and what they leave. `uploading` stores them."""

import hashlib
from collections.abc import Callable, Generator
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from dmps.calls.asking import ask_with, fetch, path, query, remove
from dmps.errors import Damaged
from dmps.exchange import Again, Answer, Ask, Flow, Item, Plan, Read
from dmps.models.files import File, FileLink, FilePage


def files(*, page_size: int | None = None) -> Flow[File]:
    """All files, the newest first, page by page as they are read."""
    token: str | None = ""
    while token is not None:
        page = yield from fetch(FilePage, path("files"), query(pageSize=page_size, pageToken=token or None))
        for file in page.files:
            yield Item(file)
        token = page.next_page_token


def file(file_id: str) -> Plan[File]:
    """What is known of a file. Raises `NotFound`."""
    return fetch(File, path("files", file_id, "metadata"))


def delete_file(file_id: str) -> Plan[None]:
    """Remove a file. Raises `Conflict` as long as a job or a schedule needs it."""
    return remove(path("files", file_id))


def create_link(file_id: str, expires_in: int | None = None) -> Plan[FileLink]:
    """Make a link by which anybody has the file without a key, for so many seconds (an hour), at most a week."""
    body = {} if expires_in is None else {"expiresIn": expires_in}
    answer = yield ask_with("POST", path("files", file_id, "links"), body, Again.ALWAYS)
    link = answer.read(FileLink)
    return replace(link, url=f"{answer.base}{link.url}")


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
    if to.exists() and not to.is_file():  # a device or a pipe, whose place no file may take
        with to.open("wb") as file:
            yield from _read(promised, file.write, file_id)
        return b""
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
