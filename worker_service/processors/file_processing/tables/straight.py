"""CSV straight to Parquet, by Arrow, which takes less time than DuckDB: for a file with which nothing else is done.

It refuses nothing. Where a file is not plain, or holds a value that is not of the type of its first rows, it gives up:
DuckDB then reads the file, and says what is wrong with it. Arrow is loaded when it is first needed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from worker_service.processors.file_processing.tables.csv_source import (
    LONGEST_LINE,
    PATTERNS,
    Layout,
    line_end,
)
from worker_service.processors.file_processing.tables.writing import Written

BLOCK = LONGEST_LINE // 2  # bytes of CSV that are read at a time; Arrow takes no row that goes on beyond the next one
GROUP = 8 * 1024 * 1024  # bytes in memory that become a row group
TASTE = 10_000  # rows that tell whether a column repeats itself

Tell = Callable[[float], None]


def to_parquet(layout: Layout, path: Path, tell: Tell) -> Written | None:
    """Write a file as Parquet; `tell` is told which share of it was read. None if that is not for this way."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    from worker_service.processors.file_processing.tables.plain import NotPlain  # noqa: PLC0415 - as numpy

    end = line_end(layout.path)
    if len(layout.kinds) == 1 or not layout.delimiter.isascii() or end not in {b"\n", b"\r\n"}:
        return None  # an empty line is a value of one column
    try:
        return Written(path, _write(path, layout, _groups(_batches(layout, end, tell))), len(layout.kinds))
    except (NotPlain, pa.ArrowException):
        return None


def _write(path: Path, layout: Layout, texts: Iterator[Any]) -> int:
    """Answers how many rows there were. Raises `NotPlain` for none."""
    from pyarrow import parquet  # noqa: PLC0415 - see above

    from worker_service.processors.file_processing.tables.plain import NotPlain  # noqa: PLC0415 - same

    groups = (_typed(group, layout) for group in _one_ahead(texts))
    first = next(groups, None)
    if first is None:
        raise NotPlain
    rows = len(first)
    with parquet.ParquetWriter(path, first.schema, use_dictionary=_repetitive(first)) as writer:
        writer.write_table(first)
        for group in groups:
            writer.write_table(group)
            rows += len(group)
    return rows


def _groups(batches: Iterator[Any]) -> Iterator[Any]:
    """As many rows at a time as a row group has."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(each.nbytes for each in held) >= GROUP:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _one_ahead(groups: Iterator[Any]) -> Iterator[Any]:
    """The same, each read while the one before is worked on."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, groups, None)
        while (group := coming.result()) is not None:
            coming = reader.submit(next, groups, None)
            yield group


def _repetitive(group: Any) -> list[str]:  # noqa: ANN401 - Arrow's
    """The columns for which a dictionary is worth while."""
    taste = group.slice(0, TASTE)
    return [name for name in taste.schema.names if 2 * len(taste[name].unique()) <= len(taste)]


def _batches(layout: Layout, end: bytes, tell: Tell) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - see above
    from pyarrow import csv  # noqa: PLC0415 - same

    from worker_service.processors.file_processing.tables.plain import PlainFile  # noqa: PLC0415 - same

    names = list(layout.kinds)
    read = csv.ReadOptions(
        use_threads=False, block_size=BLOCK, column_names=names, skip_rows_after_names=int(layout.header)
    )
    parse = csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True)
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    size = layout.path.stat().st_size
    with PlainFile(layout.path, layout.delimiter, end) as file:
        batches = csv.open_csv(file, read_options=read, parse_options=parse, convert_options=convert)
        for number, batch in enumerate(batches):
            tell(min(1.0, number * BLOCK / size))
            yield batch


def _typed(texts: Any, layout: Layout) -> Any:  # noqa: ANN401 - Arrow's
    import pyarrow as pa  # noqa: PLC0415 - see above

    return pa.table({name: _column(texts[name], kind) for name, kind in layout.kinds.items()})


def _column(texts: Any, kind: str) -> Any:  # noqa: ANN401 - Arrow's
    """As `csv_source` has it: null is what is empty, in quotes too, and a text must be written as its type is."""
    import pyarrow as pa  # noqa: PLC0415 - see above
    from pyarrow import compute  # noqa: PLC0415 - same

    from worker_service.processors.file_processing.tables.plain import NotPlain  # noqa: PLC0415 - same

    if kind == "VARCHAR":
        return texts
    types = {
        "BOOLEAN": pa.bool_(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    }
    try:
        values = texts.cast(types[kind])
    except pa.ArrowInvalid:
        texts = compute.if_else(compute.equal(texts, ""), None, texts)
        values = texts.cast(types[kind])
    if not _as_written(texts, kind):
        raise NotPlain
    return values


def _as_written(texts: Any, kind: str) -> bool:  # noqa: ANN401 - Arrow's
    """Whether texts that Arrow takes for that type are written so as `PATTERNS` has it, which takes longer."""
    from pyarrow import compute  # noqa: PLC0415 - see above

    length = compute.binary_length(texts)
    if kind == "DATE":
        return compute.all(compute.equal(length, 10)).as_py() is not False
    if kind == "BIGINT":  # of what has digits, the others are 007, 0x1F and -0
        zero = compute.and_(compute.starts_with(texts, "0"), compute.greater(length, 1))
        return not compute.any(compute.or_(zero, compute.starts_with(texts, "-0"))).as_py()
    return compute.all(compute.match_substring_regex(texts, f"^({PATTERNS[kind]})$")).as_py() is not False
