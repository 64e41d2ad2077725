"""Files: content and a few facts about it. Usable in child processes and, without waiting, on a loop.

`shelf` says what is kept where, `directory` and `objects` are the places, `intake` is what is learned of a content as
it passes. Resumable uploads are `api_service/resumable.py`.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Unpack

from shared.errors import FileNotFound, StoreUnavailable
from shared.files.facts import StoredFile, Told, inverted, wall_clock
from shared.files.intake import Intake
from shared.files.places import storage_at
from shared.files.shelf import Shelf
from shared.files.sniffing import SNIFFED, UNKNOWN_MEDIA_TYPE, sniff
from shared.files.storage import storage_errors
from shared.ids import Ids
from shared.names import WEBHOOKS, is_tenant

__all__ = ["UNKNOWN_MEDIA_TYPE", "FileStore", "StoredFile", "sniff", "wall_clock"]

_READERS = 8  # of facts, at a time
_UNLIMITED = 2**63

Check = Callable[[Intake], None]


class FileStore:
    """Keeps a tenant's files under a URL such as `file:///var/lib/dmps/files`; that directory is made when first used.

    Raises `FileNotFound` for an id that is unknown or could not be one, and `StoreUnavailable` where storage fails.
    A file that was stored survives a loss of power.
    """

    def __init__(self, url: str, clock: Callable[[], int] = wall_clock) -> None:
        self.url = url
        self.shelf = Shelf(storage_at(url), clock=clock)
        self._ids = Ids(secrets.randbits)

    def of(self, tenant: str) -> "FileStore":
        """The files of a tenant, who sees no others. Raises `ValueError` for what is none: it would be in a path."""
        if tenant == self.shelf.tenant:
            return self
        if not is_tenant(tenant) and tenant != WEBHOOKS:
            raise ValueError(f"No tenant can be called {tenant!r}.")
        return self._with(replace(self.shelf, tenant=tenant))

    def made_by(self, job_id: str) -> "FileStore":
        """The same files; those that are made from now on are told to be a job's."""
        return self._with(replace(self.shelf, job_id=job_id))

    def save(self, content: bytes | Path, media_type: str, **told: Unpack[Told]) -> StoredFile:
        """Keep these bytes, or those of a local file of any size, under a new id. `told`: more of its facts."""
        file_id = self.new_id()
        with storage_errors(), ThreadPoolExecutor(1) as beside:
            measured = beside.submit(_measured, content)
            self.shelf.storage.save(self.shelf.key("content", file_id), content)
            size, sha256 = measured.result()
        return self.shelf.publish(self._facts(file_id, media_type, size, sha256, **told))

    async def save_async(self, content: bytes, media_type: str, **told: Unpack[Told]) -> StoredFile:
        """Keep these bytes under a new id."""
        return await asyncio.to_thread(partial(self.save, content, media_type, **told))

    async def save_stream(
        self,
        chunks: AsyncIterable[bytes],
        limit: int,
        check: Check = lambda _: None,
        **told: Unpack[Told],
    ) -> StoredFile:
        """Keep what arrives, in flat memory, and tell its media type from its first bytes.

        Raises `FileTooLarge` beyond `limit` bytes, whatever `chunks` raises, and whatever `check` does of what was
        learned in passing; nothing is kept then.
        """
        file_id, intake = self.new_id(), Intake(limit, check)
        with sender_errors(intake), storage_errors():
            await self.shelf.storage.receive(self.shelf.key("content", file_id), intake.blocks(chunks))
        return await self.publish(file_id, intake, **told)

    async def adopt(self, upload_id: str, check: Check, **told: Unpack[Told]) -> StoredFile:
        """Make a file of an upload that is there in whole, under the same id. `check` may refuse it."""
        intake, shelf = Intake(_UNLIMITED, check), self.shelf
        with sender_errors(intake), storage_errors(upload_id):
            pending, content = shelf.key("pending", upload_id), shelf.key("content", upload_id)
            await shelf.storage.adopt(pending, content, intake.blocks)
        return await self.publish(upload_id, intake, **told)

    def finish(self, upload_id: str, **told: Unpack[Told]) -> StoredFile:
        """The file of an upload whose content is one's already, and of which nobody told. Twice is as once."""
        with storage_errors(upload_id), self.shelf.storage.open(self.shelf.key("content", upload_id)) as content:
            media_type = sniff(content.read(SNIFFED))
            content.seek(0)
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            size = content.seek(0, os.SEEK_END)
        return self.shelf.publish(self._facts(upload_id, media_type, size, sha256, **told))

    async def publish(self, file_id: str, intake: Intake, **told: Unpack[Told]) -> StoredFile:
        """From now on, there is this file; all of its content has passed."""
        media_type = await asyncio.to_thread(sniff, bytes(intake.head))
        stored = self._facts(file_id, media_type, intake.count, intake.sha256.hexdigest(), **told)
        return await asyncio.to_thread(self.shelf.publish, stored)

    def info(self, file_id: str) -> StoredFile:
        """The facts of a file."""
        return self.shelf.facts(file_id)

    async def info_async(self, file_id: str) -> StoredFile:
        """The facts of a file."""
        return await asyncio.to_thread(self.info, file_id)

    def page(self, size: int, after: str = "") -> tuple[list[StoredFile], str | None]:
        """So many files, the newest first, and the id after which the next page begins, if there is one.

        A page is short where somebody is removing files. Results of jobs, which go with these, are not listed.
        """
        shelf = self.shelf
        begin = f"{inverted(after)}.json" if after else ""
        with storage_errors():
            names = list(shelf.storage.names(f"{shelf.tenant}/facts", begin, size + 1))
        ids = [inverted(name.removesuffix(".json")) for name in names[:size]]
        with ThreadPoolExecutor(_READERS) as readers:
            files = [stored for stored in readers.map(self._info_or_none, ids) if stored is not None]
        return files, ids[-1] if len(names) > size else None

    def open(self, file_id: str) -> BufferedReader:
        """The content of a file, as a real file that is open for reading. The caller closes it."""
        self.info(file_id)
        with storage_errors(file_id):
            return self.shelf.storage.open(self.shelf.key("content", file_id))

    def read(self, file_id: str) -> bytes:
        """The content of a file, all of it in memory."""
        with self.open(file_id) as content:
            return content.read()

    async def read_async(self, file_id: str) -> bytes:
        """The content of a file, all of it in memory."""
        return await asyncio.to_thread(self.read, file_id)

    async def stream(self, file_id: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The content of a file in chunks, from `start` to before `end` (bytes).

        That there is none is told by this call, not by the iterator it returns.
        """
        stored = await self.info_async(file_id)
        blocks = self.shelf.storage.read(
            self.shelf.key("content", file_id), start, stored.bytes if end is None else end
        )
        with storage_errors(file_id):
            first = await anext(blocks, b"")
        return _chunks(first, blocks)

    def remove(self, file_id: str) -> None:
        """Forget a file, if there is one: it is gone as soon as its facts are."""
        stored = self._info_or_none(file_id)
        if stored is not None:
            self.shelf.remove(stored)

    def _info_or_none(self, file_id: str) -> StoredFile | None:
        try:
            return self.info(file_id)
        except FileNotFound:
            return None

    def _with(self, shelf: Shelf) -> "FileStore":
        other = object.__new__(FileStore)
        other.url, other.shelf, other._ids = self.url, shelf, self._ids
        return other

    def new_id(self) -> str:
        """The id of a file, or an upload, that is made now."""
        return self._ids.next(self.shelf.clock())

    def _facts(self, file_id: str, media_type: str, size: int, sha256: str, **told: Unpack[Told]) -> StoredFile:
        return StoredFile(
            file_id=file_id,
            media_type=media_type,
            bytes=size,
            sha256=sha256,
            created_at=self.shelf.clock(),
            job_id=self.shelf.job_id,
            **told,
        )


@contextmanager
def sender_errors(intake: Intake) -> Iterator[None]:
    """A sender that broke off, or sent what was refused, is not our storage's fault."""
    try:
        yield
    except StoreUnavailable:
        if intake.failure is not None:
            raise intake.failure from None
        raise


def _measured(content: bytes | Path) -> tuple[int, str]:
    """How many bytes it has, and their SHA-256."""
    if isinstance(content, bytes):
        return len(content), hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


async def _chunks(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        with storage_errors():
            async for chunk in rest:
                yield chunk
