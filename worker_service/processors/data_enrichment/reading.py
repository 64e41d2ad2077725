"""Records out of a file, one at a time, in flat memory: CSV, JSON Lines (https://jsonlines.org), Parquet.

A record that cannot be read is told as such, and the next one follows; only a file that is no table at all is refused.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from typing import Any

from shared.codec import decode
from worker_service import sources
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment import parquet
from worker_service.processors.data_enrichment.records import Source, Unreadable, Unusable

MAX_LINE = 1024 * 1024  # bytes
MAX_COLUMNS = 1_000
DELIMITERS = ",;\t|"
PARQUET_MAGIC = b"PAR1"
_BOM = b"\xef\xbb\xbf"
_HEAD = 4096


@contextmanager
def opened(job: JobContext, asked: Mapping[str, Any], where: str, start: int = 0) -> Iterator[Source]:
    """A file as a source of records, from a `position` of such a source on.

    Raises `Reject`, which names the member of the payload: `where`.
    """
    with sources.opened(job, asked, where) as (_, content):
        try:
            yield _source(content, asked.get("format") or _format(content), start)
        except Unusable as error:
            raise Reject(f"{sources.place_of(asked, where)}: {error}") from error


def _format(content: BufferedReader) -> str:
    head = content.peek(_HEAD)[:_HEAD]
    if head.startswith(PARQUET_MAGIC):
        return "parquet"
    return "jsonl" if head.removeprefix(_BOM).lstrip().startswith(b"{") else "csv"


def _source(content: BufferedReader, format: str, start: int) -> Source:
    if format == "parquet":
        return parquet.source(content, start)
    size = max(1, content.seek(0, 2))
    content.seek(0)
    lines = _Lines(content)
    records = _json_lines(lines, start) if format == "jsonl" else _csv(lines, start)
    return Source(records, lambda: content.tell() / size, content.tell)


class _Lines:
    """The lines of a file, as bytes of bounded length."""

    def __init__(self, content: BufferedReader) -> None:
        self._content = content

    def skip_to(self, start: int) -> None:
        """Go on there, at the beginning of a line; 0: where it is."""
        if start:
            self._content.seek(start)

    def next(self) -> bytes | None:
        """A line, cut off after `MAX_LINE` bytes and one; None at the end. What was cut off is skipped."""
        is_first = self._content.tell() == 0
        line = piece = self._content.readline(MAX_LINE + 1)
        while len(piece) > MAX_LINE and not piece.endswith(b"\n"):
            piece = self._content.readline(MAX_LINE + 1)
        return (line.removeprefix(_BOM) if is_first else line) or None


def _json_lines(lines: _Lines, start: int) -> Iterator[Mapping[str, Any] | Unreadable]:
    lines.skip_to(start)
    while (line := lines.next()) is not None:
        if line.strip():
            yield _json_record(line)


def _json_record(line: bytes) -> Mapping[str, Any] | Unreadable:
    if len(line) > MAX_LINE:
        return Unreadable(f"The line has more than {MAX_LINE:,} bytes.")
    try:
        record = decode(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(f"The line is not JSON: {str(error)[:200]}.")
    return record if isinstance(record, dict) else Unreadable("The line is JSON, but no object.")


def _csv(lines: _Lines, start: int) -> Iterator[Mapping[str, Any] | Unreadable]:
    """By RFC 4180, in UTF-8; the first row names the columns. Every value is a text."""
    first = lines.next() or b""
    delimiter = max(DELIMITERS, key=lambda one: first.count(one.encode()))
    header = _header(next(csv.reader([_text(first)], delimiter=delimiter), []))
    lines.skip_to(start)
    rows = csv.reader(_texts(lines), delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(f"The row is not CSV: {error}.")
        else:
            if row:  # an empty line is none
                yield _row(header, row)


def _header(names: list[str]) -> list[str]:
    if not names or len(names) > MAX_COLUMNS:
        raise Unusable(f"A CSV file begins with a row of 1 to {MAX_COLUMNS:,} names.")
    if _broken(names):
        raise Unusable("The file is not in UTF-8.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Unusable(f"Two columns are named {twice[:100]!r}.")
    return names


def _row(header: list[str], row: list[str]) -> Mapping[str, Any] | Unreadable:
    if len(row) != len(header):
        return Unreadable(f"The row has {len(row):,} values, and the header {len(header):,} names.")
    if _broken(row):
        return Unreadable("The row is not in UTF-8.")
    return dict(zip(header, row, strict=True))


def _texts(lines: _Lines) -> Iterator[str]:
    while (line := lines.next()) is not None:
        if len(line) > MAX_LINE:
            raise Unusable(f"A line of the file has more than {MAX_LINE:,} bytes.")
        yield _text(line)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _broken(cells: list[str]) -> bool:
    """Whether bytes were no UTF-8."""
    joined = "".join(cells)
    return not joined.isascii() and any("\ud800" <= char <= "\udfff" for char in joined)
