"""Parquet in and out, by `pyarrow`. Imported only once a job has to do with it: it is large."""

import base64
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BufferedReader
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet

from worker_service.processors.data_enrichment.reading import Source, Unreadable, Unusable

BATCH = 1_000  # rows


def source(content: BufferedReader) -> Source:
    """The rows of a file, as JSON can hold them. Raises `Unusable`."""
    content.seek(0)
    try:
        file = parquet.ParquetFile(content)
    except (pa.ArrowException, OSError) as error:
        raise Unusable(f"The file is not Parquet: {str(error).splitlines()[0]}") from error
    rows = _Rows(file)
    return Source(rows.records(), rows.fraction)


class _Rows:
    def __init__(self, file: parquet.ParquetFile) -> None:
        self._file = file
        self._read = 0

    def records(self) -> Iterator[Mapping[str, Any] | Unreadable]:
        try:
            for batch in self._file.iter_batches(batch_size=BATCH, use_threads=False):
                for row in batch.to_pylist():
                    self._read += 1
                    yield {name: _plain(value) for name, value in row.items()}
        except (pa.ArrowException, OSError) as error:
            raise Unusable(f"The file breaks off after row {self._read:,}: {str(error).splitlines()[0]}") from error

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
        self._schema = pa.schema([(name, pa.string()) for name in columns])
        self._writer = parquet.ParquetWriter(target, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[str | None]]) -> None:
        """Add rows."""
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Write what stands at the end of a Parquet file."""
        self._writer.close()
