"""The numbers of a file, some at a time: text, CSV, JSON Lines, Parquet. Memory does not grow with the file.

Arrow is imported where it is used: it takes 30 MB, which a child that reads no files can do without.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BufferedReader
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from worker_service.processors import Reject

CHUNK = 65_536  # numbers
BLOCK = 1 << 20  # bytes of text
LONGEST_LINE = 65_536  # bytes

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """A file that is open, where its numbers stand in it, and where the payload names it (a JSON Pointer)."""

    content: BufferedReader
    format: str
    column: str = ""
    place: str = "/fileId"


@dataclass(frozen=True)
class Chunk:
    """Numbers as doubles, how many places had none, and the row of the first."""

    numbers: Doubles
    missing: int
    row: int

    @property
    def rows(self) -> int:
        """Up to its end, from the beginning of the file."""
        return self.row - 1 + len(self.numbers) + self.missing


def chunks(source: Source, passed: int = 0) -> Iterator[Chunk]:
    """All of them, after so many rows that are passed over.

    Raises `Reject` for what is no number, and names the row, from 1, without the header.
    """
    row = 1 + passed
    for found in _READERS[source.format](source, passed):
        for start in range(0, len(found), CHUNK):
            part = found[start : start + CHUNK]
            numbers = part.drop_null().to_numpy(zero_copy_only=False)
            _refuse_infinite(part, numbers, f"{source.place}: row", row + start)
            yield Chunk(numbers + 0.0, part.null_count, row + start)  # the sum turns -0.0 into 0.0
        row += len(found)


def _refuse_infinite(part: Any, numbers: Doubles, what: str, row: int) -> None:  # noqa: ANN401 - Arrow's
    if not np.isfinite(numbers).all():
        whole = part.to_numpy(zero_copy_only=False)
        bad = np.isinf(whole) if part.null_count else ~np.isfinite(whole)
        place = int(np.argmax(bad)) if bad.any() else 0
        raise Reject(f"{what} {row + place} of the file is infinite, beyond 1.8e308, or not a number.")


def _csv(source: Source, passed: int) -> Iterator[Any]:
    """Its first row names the columns. Empty cells have no number."""
    return _after(passed, _delimited(source, source.column, {}))


def _lines(source: Source, passed: int) -> Iterator[Any]:
    return _after(passed, _delimited(source, "number", {"column_names": ["number"]}))


def _after(passed: int, found: Iterator[Any]) -> Iterator[Any]:
    """Without so many of the first rows."""
    for batch in found:
        skipped = min(passed, len(batch))
        passed -= skipped
        if skipped < len(batch):
            yield batch.slice(skipped)


def _delimited(source: Source, column: str, options: Mapping[str, Any]) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - see above
    from pyarrow import csv  # noqa: PLC0415 - same

    read = csv.ReadOptions(block_size=BLOCK, use_threads=False, **options)
    convert = csv.ConvertOptions(
        include_columns=[column], column_types={column: pa.float64()}, null_values=[""], strings_can_be_null=True
    )
    try:
        with csv.open_csv(source.content, read_options=read, convert_options=convert) as batches:
            for batch in batches:
                yield batch.column(0)
    except pa.ArrowKeyError as error:
        raise Reject(f"/column: the file has no column {column!r}.") from error
    except pa.ArrowInvalid as error:
        raise Reject(f"{source.place}: {_first_line(error)}.") from error


def _json_lines(source: Source, passed: int) -> Iterator[Any]:
    """An object a line; null, or nothing, in the place of the number is no number."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    found: list[float | None] = []
    for row, line in enumerate(iter(lambda: source.content.readline(LONGEST_LINE), b""), 1):
        if line.strip() and passed:
            passed -= 1
        elif line.strip():
            found.append(_member(line, source, row))
        if len(found) == CHUNK:
            yield pa.array(found, pa.float64())
            found = []
    yield pa.array(found, pa.float64())


def _member(line: bytes, source: Source, row: int) -> float | None:
    place, column = source.place, source.column
    try:
        value = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Reject(f"{place}: line {row} of the file is not JSON, or longer than {LONGEST_LINE:,} bytes.") from error
    if not isinstance(value, dict):
        raise Reject(f"{place}: line {row} of the file is not a JSON object.")
    number = value.get(column)
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal | None):
        raise Reject(f"{place}: {column!r} of line {row} of the file is not a number.")
    try:
        return None if number is None else float(number)
    except OverflowError as error:
        raise Reject(f"{place}: {column!r} of line {row} of the file is beyond 1.8e308.") from error


def _parquet(source: Source, passed: int) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - see above
    from pyarrow import parquet  # noqa: PLC0415 - same

    try:
        file = parquet.ParquetFile(source.content)
        names = file.schema_arrow.names
        if source.column not in names:
            raise Reject(f"/column: the file has no column {source.column!r}.")
        groups, passed = _groups_after(file.metadata, passed)
        batches = file.iter_batches(CHUNK, row_groups=groups, columns=[source.column], use_threads=False)
        yield from _after(passed, (batch.column(0).cast(pa.float64(), safe=False) for batch in batches))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise Reject(f"{source.place}: {_first_line(error)}.") from error


def _groups_after(metadata: Any, passed: int) -> tuple[list[int], int]:  # noqa: ANN401 - Arrow's
    """The row groups that are not wholly passed over, and how many rows of the first one are."""
    groups = list(range(metadata.num_row_groups))
    while groups and passed >= (rows := metadata.row_group(groups[0]).num_rows):
        passed -= rows
        groups.pop(0)
    return groups, passed


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:300].rstrip(".")


_decode = msgspec.json.Decoder().decode

_READERS = {"lines": _lines, "csv": _csv, "jsonl": _json_lines, "parquet": _parquet}
