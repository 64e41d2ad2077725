"""Parquet in and out, by `pyarrow`, which is imported once a job has to do with it: it takes 100 MB of memory."""

import base64
import importlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BufferedReader
from typing import IO, Any

from worker_service.processors.data_enrichment.records import Source, Unreadable, Unusable

BATCH = 1_000  # rows


def source(content: BufferedReader, start: int = 0) -> Source:
    """The rows of a file after so many, as JSON can hold them. Raises `Unusable`."""
    content.seek(0)
    try:
        file = _parquet().ParquetFile(content)
    except (_arrow().ArrowException, OSError) as error:
        raise Unusable(f"The file is not Parquet: {str(error).splitlines()[0]}") from error
    rows = _Rows(file, start)
    return Source(rows.records(), rows.fraction, rows.position)


def _arrow() -> Any:  # noqa: ANN401 - a module without types
    return importlib.import_module("pyarrow")


def _parquet() -> Any:  # noqa: ANN401 - same
    return importlib.import_module("pyarrow.parquet")


class _Rows:
    def __init__(self, file: Any, start: int) -> None:  # noqa: ANN401 - same
        self._file = file
        self._read = start

    def records(self) -> Iterator[Mapping[str, Any] | Unreadable]:
        try:
            groups, before = self._left()
            for batch in self._file.iter_batches(batch_size=BATCH, row_groups=groups, use_threads=False):
                passed = min(before, len(batch))
                before -= passed
                for row in batch.slice(passed).to_pylist():
                    self._read += 1
                    yield {name: _plain(value) for name, value in row.items()}
        except (_arrow().ArrowException, OSError) as error:
            raise Unusable(f"The file breaks off after row {self._read:,}: {str(error).splitlines()[0]}") from error

    def _left(self) -> tuple[list[int], int]:
        """The row groups that have rows after those that were read, and how many of the first one's were."""
        before, groups = self._read, list(range(self._file.num_row_groups))
        while groups and before >= (rows := self._file.metadata.row_group(groups[0]).num_rows):
            before -= rows
            groups.pop(0)
        return groups, before

    def position(self) -> int:
        return self._read

    def fraction(self) -> float:
        rows: int = self._file.metadata.num_rows
        return self._read / max(1, rows)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """As JSON has it: times in ISO 8601, bytes in base64, no NaN."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return None
    made = next((make for kind, make in _MADE if isinstance(value, kind)), None)
    return value if made is None else made(value)


_MADE: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime | date | time, lambda value: value.isoformat()),
    (timedelta, lambda value: value.total_seconds()),
    (bytes, lambda value: base64.b64encode(value).decode()),
)


class Rows:
    """Writes rows of texts; a row group for each call of `write`."""

    def __init__(self, target: IO[bytes], columns: Sequence[str]) -> None:
        self._schema = _arrow().schema([(name, _arrow().string()) for name in columns])
        self._writer = _parquet().ParquetWriter(target, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[str | None]]) -> None:
        """Add rows."""
        columns = [_arrow().array(column, _arrow().string()) for column in zip(*rows, strict=True)]
        self._writer.write_table(_arrow().Table.from_arrays(columns, schema=self._schema))

    def copy(self, source: IO[bytes]) -> None:
        """Add the row groups of a file of the same columns, each as it was written."""
        file = _parquet().ParquetFile(source)
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, use_threads=False).combine_chunks()
            self._writer.write_table(_arrow().Table.from_arrays(rows.columns, schema=self._schema))

    def close(self) -> None:
        """Write what stands at the end of a Parquet file, unless that was done."""
        self._writer.close()
