"""Files in a directory of this machine, or of a file system that all share. Equal contents are hard links of one file.

Links need no counting of ours and no lock: the file system counts them, and a content that was linked stays, whoever
removes the name that it was linked by.
"""

import asyncio
import fcntl
import heapq
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from shared.errors import UploadBusy, WrongOffset
from shared.files.storage import BLOCK, Blocks, Entry, Tap

SHARED = "sha256"
FOLDERS = ("content", "facts", "results", "pending", "uploads", SHARED)


class Directory:
    """A directory, made when something is first kept in it."""

    def __init__(self, path: Path) -> None:
        self._root = path

    def get(self, key: str) -> bytes:
        """A few bytes."""
        return self._path(key).read_bytes()

    def open(self, key: str) -> BufferedReader:
        """A content, as a real file that is open for reading."""
        return self._path(key).open("rb")

    def save(self, key: str, content: bytes | Path) -> None:
        """Keep these bytes, or those of a local file of any size."""
        with self._draft(key) as draft:
            if isinstance(content, bytes):
                _write(draft.descriptor, content)
            else:
                with content.open("rb") as source, open(draft.descriptor, "wb", closefd=False) as target:
                    shutil.copyfileobj(source, target, BLOCK)
            draft.keep()

    def delete(self, key: str) -> None:
        """Remove what is there, if anything is."""
        self._path(key).unlink(missing_ok=True)

    def tenants(self) -> list[str]:
        """Who has something here."""
        return _listed(self._root)

    def names(self, folder: str, after: str = "", most: int | None = None) -> Iterator[str]:
        """The names in a folder, in order. For the first few, those of a million are neither held nor ordered."""
        return iter(_listed(self._path(folder), after, most))

    def entries(self, folder: str) -> Iterator[Entry]:
        """The same with their sizes."""
        for name in self.names(folder):
            with suppress(FileNotFoundError):  # somebody removed it
                found = (self._path(folder) / name).stat()
                yield Entry(name, found.st_size, str(found.st_ino))

    async def receive(self, key: str, blocks: Blocks) -> None:
        """Keep what arrives."""
        with self._draft(key) as draft:
            async for block in blocks:
                await asyncio.to_thread(_write, draft.descriptor, block)
            await asyncio.to_thread(draft.keep)

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """The bytes from `start` to before `end`."""
        with await asyncio.to_thread(self.open, key) as content:
            while start < end:
                block = await asyncio.to_thread(os.pread, content.fileno(), min(BLOCK, end - start), start)
                if not block:
                    raise OSError(f"{key} is shorter than it was.")
                yield block
                start += len(block)

    def unite(self, key: str, common: str) -> None:
        """Share the bytes. Where links cannot be, or cannot be more, they are kept twice.

        So they are after a loss of power that undoes this: nothing has to be waited for.
        """
        ours, shared = self._path(key), self._path(common)
        spare = ours.with_name(f".{ours.name}.link")
        with suppress(OSError):
            _make(shared.parent)
            try:
                os.link(ours, shared)
            except FileExistsError:
                os.link(shared, spare)
                spare.replace(ours)

    def separate(self, key: str, common: str) -> None:
        """Remove a content, and its bytes with the last that shares them."""
        self.delete(key)
        shared = self._path(common)
        with suppress(FileNotFoundError):
            if shared.stat().st_nlink == 1:  # whoever links it from now on has it; only its common name goes
                shared.unlink()

    def tidy(self, tenant: str, before: float) -> None:
        """Remove drafts, and bytes that no content shares any more."""
        for folder in FOLDERS:
            for path in sorted((self._root / tenant / folder).glob(".*")):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        path.unlink()
        for path in (self._root / tenant / SHARED).glob("[!.]*"):
            with suppress(FileNotFoundError):
                if path.stat().st_nlink == 1:
                    path.unlink()

    def arrived(self, key: str) -> int:
        """How many bytes of a pending content are there."""
        return self._path(key).stat().st_size

    def begin(self, key: str) -> None:
        """A pending content of no bytes."""
        self.save(key, b"")

    async def append(self, key: str, offset: int, blocks: Blocks, check: Callable[[], object] = lambda: None) -> None:
        """Add what arrives."""
        with self._alone(key) as pending:
            if (there := os.fstat(pending).st_size) != offset:
                raise WrongOffset(there)
            os.lseek(pending, offset, os.SEEK_SET)
            try:
                async for block in blocks:
                    await asyncio.to_thread(_write, pending, block)
            finally:
                await asyncio.to_thread(os.fsync, pending)
            try:
                check()
            except BaseException:
                os.ftruncate(pending, offset)
                raise

    async def adopt(self, key: str, content: str, tap: Tap) -> None:
        """Have a pending content be a content: it is read once, and not copied."""
        with self._alone(key):  # what was read is what is there, and nobody adds to it any more
            async for _ in tap(self.read(key, 0, self.arrived(key))):
                pass
            await asyncio.to_thread(_rename, self._path(key), self._path(content))

    def discard(self, key: str) -> None:
        """Remove a pending content."""
        self.delete(key)

    def _path(self, key: str) -> Path:
        return self._root / key

    @contextmanager
    def _alone(self, key: str) -> Iterator[int]:
        """A pending content open for writing, by nobody else: the lock is the system's, and goes with its holder.

        Raises `UploadBusy`, and `FileNotFoundError` where it went, or became a content, before the lock was had.
        """
        path = self._path(key)
        with path.open("r+b", buffering=0) as pending:
            try:
                fcntl.flock(pending, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy from error
            if not os.path.samestat(os.fstat(pending.fileno()), path.stat()):
                raise FileNotFoundError(key)
            yield pending.fileno()

    @contextmanager
    def _draft(self, key: str) -> Iterator["_Draft"]:
        """What is written, to be kept under a key; unless it is, it goes."""
        target = self._path(key)
        path = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
        _make(target.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            yield _Draft(path, target, descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class _Draft:
    """A file that nobody sees yet."""

    path: Path
    target: Path
    descriptor: int

    def keep(self) -> None:
        """The target leads to it, once it is on the disk."""
        os.fsync(self.descriptor)
        _rename(self.path, self.target)


def _write(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _rename(source: Path, target: Path) -> None:
    _make(target.parent)
    source.replace(target)
    _flush(target.parent)


def _listed(path: Path, after: str = "", most: int | None = None) -> list[str]:
    """What was written half way has a name that begins with a dot."""
    try:
        with os.scandir(path) as entries:
            names = (entry.name for entry in entries if entry.name > after and not entry.name.startswith("."))
            return sorted(names) if most is None else heapq.nsmallest(most, names)
    except FileNotFoundError:
        return []


def _make(path: Path) -> None:
    """A directory that a loss of power does not undo."""
    if path.is_dir():
        return
    _make(path.parent)
    path.mkdir(exist_ok=True)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
