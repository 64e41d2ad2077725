"""Where bytes are kept: what a place has to be able to do, and how its errors are told.

A key is `TENANT/FOLDER/NAME`, of characters that are safe in a path; whoever calls has seen to that. Places raise
`OSError` for whatever fails, `FileNotFoundError` for what is not there.
"""

import errno
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol

from shared.errors import FileNotFound, StorageFull, StoreUnavailable

BLOCK = 1024 * 1024  # bytes that are read or written at a time
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

Blocks = AsyncIterable[bytes]
Tap = Callable[[Blocks], AsyncIterator[bytes]]  # gives on what passes by


@dataclass(frozen=True)
class Entry:
    """Something that is kept. `copy` is the same for names that share their bytes."""

    name: str
    bytes: int
    copy: str


class Storage(Protocol):
    """A place for bytes. What was written is there in whole, for everyone and for good, or not at all."""

    def get(self, key: str) -> bytes:
        """A few bytes."""

    def open(self, key: str) -> BufferedReader:
        """A content, as a real file that is open for reading. Whoever asks closes it."""

    def save(self, key: str, content: bytes | Path) -> None:
        """Keep these bytes, or those of a local file of any size."""

    def delete(self, key: str) -> None:
        """Remove what is there, if anything is."""

    def tenants(self) -> list[str]:
        """Who has something here."""

    def names(self, folder: str, after: str = "", most: int | None = None) -> Iterator[str]:
        """The names in a folder (`TENANT/FOLDER`), in order, those after a name, and `most` of them at most."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """The same with their sizes."""

    async def receive(self, key: str, blocks: Blocks) -> None:
        """Keep what arrives. Raises whatever `blocks` raises, and keeps nothing then."""

    def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """The bytes from `start` to before `end`."""

    def unite(self, key: str, common: str) -> None:
        """Share the bytes with all contents that have the same common key, if this place can."""

    def separate(self, key: str, common: str) -> None:
        """Remove a content, and its bytes with the last that shares them."""

    def tidy(self, tenant: str, before: float) -> None:
        """Remove what a crash has left half way before a time (s since the epoch)."""

    def arrived(self, key: str) -> int:
        """How many bytes of a pending content are there. Raises `FileNotFoundError` for one that nobody began."""

    def begin(self, key: str) -> None:
        """A pending content of no bytes."""

    async def append(self, key: str, offset: int, blocks: Blocks, check: Callable[[], object] = lambda: None) -> None:
        """Add what arrives; that stays, also when `blocks` raises, unless `check`, asked at the end, raises.

        Raises `WrongOffset` where the content does not end at `offset`, `UploadBusy` while somebody else adds to it.
        """

    async def adopt(self, key: str, content: str, tap: Tap) -> None:
        """Have a pending content, all of which passes `tap`, be a content. Raises `UploadBusy` as `append` does."""

    def discard(self, key: str) -> None:
        """Remove a pending content."""


@contextmanager
def storage_errors(file_id: str = "") -> Iterator[None]:
    """Say in our words what the storage says in its own."""
    try:
        yield
    except OSError as error:
        if file_id and isinstance(error, FileNotFoundError):
            raise FileNotFound(file_id) from error
        reason = (str(error) or type(error).__name__).splitlines()[0]
        kind = StorageFull if error.errno in FULL else StoreUnavailable
        raise kind(f"The file storage cannot be used: {reason}") from error
