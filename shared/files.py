"""Files: content and a few facts about it, kept by obstore. Usable in child processes and, without waiting, on a loop.

    TENANT/content/ID      the bytes
    TENANT/info/ID.json    a `StoredFile`, written last

A file exists if and only if its facts do. What a crash leaves behind without them is invisible to everyone.
"""

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from functools import cache, cached_property
from io import BufferedReader
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
from obstore import exceptions
from obstore.store import LocalStore
from pure_magic_rs import MagicDb

from shared.errors import FileNotFound, FileTooLarge, Misconfigured, StoreUnavailable
from shared.ids import Ids, is_id
from shared.job import DEFAULT_TENANT
from shared.names import WEBHOOKS, is_tenant

UNKNOWN_MEDIA_TYPE = "application/octet-stream"

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_SNIFFED_BYTES = 4096
_PARTS_IN_FLIGHT = 2  # of 5 MiB each: what an upload holds in memory

_ids = Ids(secrets.randbits)


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The facts of a file. `created_at` is in ms since the epoch, `sha256` lower-case hexadecimal."""

    file_id: str
    media_type: str  # a hint: what its first bytes look like, or what its maker said
    bytes: int
    sha256: str
    created_at: int


def wall_clock() -> int:
    """Milliseconds since the epoch, by this host's clock."""
    return time.time_ns() // 1_000_000


class _Directory:
    """Where the files of all tenants are, for obstore."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def objects(self) -> LocalStore:
        return LocalStore(self.path, mkdir=True)


class FileStore:
    """Keeps a tenant's files under a URL such as `file:///var/lib/dmps/files`; that directory is made when first used.

    Raises `FileNotFound` for an id that is unknown or could not be one, and `StoreUnavailable` where storage fails.
    A file that was stored survives a loss of power.
    """

    def __init__(self, url: str, clock: Callable[[], int] = wall_clock) -> None:
        if not url.startswith("file:///"):
            raise Misconfigured(f"Files are kept under a URL that begins with file:///, not {url!r}.")
        self.url = url
        self._directory = _Directory(Path(unquote(urlsplit(url).path)))
        self._clock = clock
        self._tenant = DEFAULT_TENANT

    def of(self, tenant: str) -> "FileStore":
        """The files of a tenant, who sees no others. Raises `ValueError` for what is none: it would be in a path."""
        if tenant == self._tenant:
            return self
        if not is_tenant(tenant) and tenant != WEBHOOKS:
            raise ValueError(f"No tenant can be called {tenant!r}.")
        theirs = copy(self)
        theirs._tenant = tenant  # noqa: SLF001 - it is our own
        return theirs

    def save(self, content: bytes | Path, media_type: str) -> StoredFile:
        """Keep these bytes, or those of a local file of any size, under a new id."""
        size, sha256 = _measured(content)
        stored = self._facts(self._new_id(), media_type, size, sha256)
        with _storage():
            self._objects.put(self._content(stored.file_id), content, max_concurrency=_PARTS_IN_FLIGHT)
            self._publish(stored)
        return stored

    async def save_async(self, content: bytes, media_type: str) -> StoredFile:
        """Keep these bytes under a new id."""
        return await asyncio.to_thread(self.save, content, media_type)

    async def save_stream(self, chunks: AsyncIterable[bytes], limit: int) -> StoredFile:
        """Keep what arrives, in flat memory, and tell its media type from its first bytes.

        Raises `FileTooLarge` beyond `limit` bytes, and whatever `chunks` raises; nothing is kept then.
        """
        file_id, intake = self._new_id(), _Intake(limit)
        await self._receive(file_id, intake, chunks)
        media_type = await asyncio.to_thread(sniff, bytes(intake.head))
        stored = self._facts(file_id, media_type, intake.count, intake.sha256.hexdigest())
        with _storage():
            await asyncio.to_thread(self._publish, stored)
        return stored

    def info(self, file_id: str) -> StoredFile:
        """The facts of a file."""
        key = self._info(file_id)
        with _storage(file_id):
            facts = self._objects.get(key).bytes()
        return msgspec.json.decode(facts, type=StoredFile)

    async def info_async(self, file_id: str) -> StoredFile:
        """The facts of a file."""
        return await asyncio.to_thread(self.info, file_id)

    def open(self, file_id: str) -> BufferedReader:
        """The content of a file, as a real file that is open for reading. The caller closes it."""
        self.info(file_id)
        with _storage(file_id):
            return (self._directory.path / self._content(file_id)).open("rb")

    def read(self, file_id: str) -> bytes:
        """The content of a file, all of it in memory."""
        with self.open(file_id) as content:
            return content.read()

    async def read_async(self, file_id: str) -> bytes:
        """The content of a file, all of it in memory."""
        return await asyncio.to_thread(self.read, file_id)

    async def stream(self, file_id: str) -> AsyncIterator[bytes]:
        """The content of a file in chunks. All refusals come from this call, none from the iterator it returns."""
        await self.info_async(file_id)
        with _storage(file_id):
            content = await self._objects.get_async(self._content(file_id))
        return _chunks(content.stream())

    def remove(self, file_id: str) -> None:
        """Forget a file, if there is one: it is gone as soon as its facts are."""
        for key in (self._info(file_id), self._content(file_id)) if is_id(file_id) else ():
            with suppress(FileNotFound), _storage(file_id):
                self._objects.delete(key)

    @property
    def _objects(self) -> LocalStore:
        return self._directory.objects

    def _content(self, file_id: str) -> str:
        return f"{self._tenant}/content/{_checked(file_id)}"

    def _info(self, file_id: str) -> str:
        return f"{self._tenant}/info/{_checked(file_id)}.json"

    def _new_id(self) -> str:
        return _ids.next(self._clock())

    def _facts(self, file_id: str, media_type: str, size: int, sha256: str) -> StoredFile:
        return StoredFile(file_id=file_id, media_type=media_type, bytes=size, sha256=sha256, created_at=self._clock())

    async def _receive(self, file_id: str, intake: "_Intake", chunks: AsyncIterable[bytes]) -> None:
        try:
            with _storage():
                await self._objects.put_async(
                    self._content(file_id), intake.pass_on(chunks), max_concurrency=_PARTS_IN_FLIGHT
                )
        except StoreUnavailable:
            if intake.failure is not None:  # a sender that broke off is not our storage's fault
                raise intake.failure from None
            raise

    def _publish(self, stored: StoredFile) -> None:
        self._flush(self._content(stored.file_id))
        self._objects.put(self._info(stored.file_id), msgspec.json.encode(stored))
        self._flush(self._info(stored.file_id))

    def _flush(self, key: str) -> None:
        """Obstore renames into place and leaves the bytes to the kernel, which a loss of power would empty."""
        path = self._directory.path / key
        for target in (path, path.parent):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class _Intake:
    """What is learned of an upload while it passes by."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self.head = bytearray()
        self.sha256 = hashlib.sha256()
        self.failure: Exception | None = None

    async def pass_on(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self._note(chunk)
                yield chunk
        except Exception as error:
            self.failure = error
            raise

    def _note(self, chunk: bytes) -> None:
        self.count += len(chunk)
        if self.count > self.limit:
            raise FileTooLarge(self.limit)
        self.head += chunk[: _SNIFFED_BYTES - len(self.head)]
        self.sha256.update(chunk)


def _measured(content: bytes | Path) -> tuple[int, str]:
    """How many bytes it has, and their SHA-256."""
    if isinstance(content, bytes):
        return len(content), hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def sniff(head: bytes) -> str:
    """The media type that the first bytes of a file look like: a hint, never a proof."""
    media_type = _magic().first_magic_buffer(head[:_SNIFFED_BYTES]).mime_type
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_MEDIA_TYPE


@cache
def _magic() -> MagicDb:
    return MagicDb()


def _checked(file_id: str) -> str:
    """Nothing but an id that we could have made ever becomes part of a path."""
    if not is_id(file_id):
        raise FileNotFound(file_id)
    return file_id


async def _chunks(content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for chunk in content:
        yield bytes(chunk)


@contextmanager
def _storage(file_id: str = "") -> Iterator[None]:
    """Say in our words what obstore or the file system says in theirs."""
    try:
        yield
    except (exceptions.BaseError, OSError) as error:
        if file_id and isinstance(error, exceptions.NotFoundError | FileNotFoundError):
            raise FileNotFound(file_id) from error
        reason = str(error).splitlines()[0]
        raise StoreUnavailable(f"The file storage cannot be used: {reason}") from error
