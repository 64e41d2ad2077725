"""What a request sends of a file, read piece by piece: however large the file is, one piece of it is in memory."""

from io import BytesIO
from typing import BinaryIO

from dmps.errors import Damaged
from dmps.exchange import Part

CHUNK = 256 * 1024  # bytes


class Reader:
    """Reads a part. It may be read beside the event loop."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._left = part.size
        self._file: BinaryIO | None = None

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises `Damaged` where the file has become shorter, and `OSError`."""
        if self._file is None:
            source = self._part.source
            self._file = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
            self._file.seek(self._part.start)
        piece = self._file.read(min(CHUNK, self._left))
        if self._left and not piece:
            raise Damaged(f"{self._part.source!s:.200} has become shorter while it was read.")
        self._left -= len(piece)
        return piece

    @property
    def place(self) -> int:
        """Where in the file the next piece begins."""
        return self._part.start + self._part.size - self._left

    def close(self) -> None:
        """There is no more to be read."""
        if self._file is not None:
            self._file.close()
