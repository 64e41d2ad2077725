"""CSV that is so plain that any reader takes it alike (RFC 4180): checked while it is read.

Arrow takes what follows a closing quote as text, ends a line at any CR or LF, and knows no limit; DuckDB does not, and
tells the line. So a file goes to Arrow for as long as the two cannot differ.
"""

import codecs
import io
from pathlib import Path

import numpy as np

SLICE = 256 * 1024  # bytes that a processor's cache holds, with what is found in them
QUOTE, CR, LF = b'"\r\n'


class NotPlain(Exception):
    """Two readers may differ about this file."""


class PlainFile(io.RawIOBase):
    """A file open for reading, without its byte order mark. Reading raises `NotPlain`.

    A quote that opens stands behind a delimiter, a line end, or the one that closed before it (a quote doubled); one
    that closes, likewise before. Line ends are all of one kind, in texts too.
    """

    def __init__(self, path: Path, delimiter: str, line_end: bytes) -> None:
        self._file = path.open("rb")
        if self._file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            self._file.seek(0)
        self._delimiter, self._line_end = delimiter.encode(), line_end
        self._edges = np.zeros(256, dtype=bool)
        self._edges[list(self._delimiter + b'"\r\n')] = True
        self._end = b"\n"  # of what was read: its last byte waits for what follows, and the one before it stands by
        self._quotes = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or fewer at the end."""
        block = self._file.read(size)
        if b"\0" in block or (self._line_end == b"\n" and b"\r" in block):
            raise NotPlain
        self._check(self._end + (block[:2] or b"\n"))
        for start in range(0, len(block) - 2, SLICE):
            self._check(memoryview(block)[start : start + SLICE + 2])
        if not block and (self._quotes % 2 or self._end.endswith(self._delimiter)):
            raise NotPlain  # Arrow takes an empty value at the very end as quoted, if the one before is
        self._end = (self._end + block[-2:])[-2:]
        return block

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def _check(self, text: bytes | memoryview) -> None:
        """All but its first and its last byte, which have no two neighbours here."""
        found = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero(found[1:-1] == QUOTE) + 1
        opening, closing = quotes[self._quotes % 2 :: 2], quotes[1 - self._quotes % 2 :: 2]
        plain = self._edges[found[opening - 1]].all() and self._edges[found[closing + 1]].all()
        if self._line_end == b"\r\n":
            plain &= (found[np.flatnonzero(found[1:-1] == CR) + 2] == LF).all()
            plain &= (found[np.flatnonzero(found[1:-1] == LF)] == CR).all()
        if not plain:
            raise NotPlain
        self._quotes += len(quotes)
