"""The bytes of a file as it stands: as it came, or as the steps before would write it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import SEEK_END, BufferedIOBase, BufferedReader, RawIOBase
from typing import IO, TYPE_CHECKING

from worker_service.processors.file_processing.work import Work

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1024 * 1024
STEP = 16 * CHUNK  # bytes between two tellings


@contextmanager
def as_it_stands(work: Work) -> Iterator[BufferedIOBase]:
    """Open for reading from its beginning. Raises `Reject` where it cannot be written."""
    if work.product is None:
        work.file.content.seek(0)
        yield work.file.content
    else:
        with work.product.content() as content:
            yield content


@contextmanager
def as_it_passes(work: Work) -> Iterator[BufferedIOBase]:
    """The same for who reads it once, from its beginning to its end: that is told as progress."""
    with as_it_stands(work) as content:
        yield passing(content, work.within)


def passing(content: BufferedIOBase, within: Callable[[float], None]) -> BufferedReader:
    """A file from its beginning to its end, once; told is how far it is, from 0 to 1."""
    size = content.seek(0, SEEK_END)
    content.seek(0)
    return BufferedReader(_Passing(content, size, within), CHUNK)


class _Passing(RawIOBase):
    """A file of so many bytes, which tells how far it has been read."""

    def __init__(self, content: BufferedIOBase, size: int, within: Callable[[float], None]) -> None:
        self._content, self._size, self._within = content, size, within
        self._next = STEP

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """The next bytes."""
        count = self._content.readinto(buffer)
        if self._content.tell() >= self._next:
            self._next = self._content.tell() + STEP
            self._within(self._content.tell() / self._size)
        return count


def chunks(content: BufferedIOBase | IO[bytes]) -> Iterator[bytes]:
    """All of it, a piece at a time."""
    while chunk := content.read(CHUNK):
        yield chunk
