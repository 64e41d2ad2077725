"""How a table becomes a file. Rows pass by: none of the formats needs more memory for a longer table."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import xlsxwriter
from duckdb import DuckDBPyRelation

from worker_service.processors import Reject
from worker_service.processors.file_processing.tables.engine import Engine, is_number, quote
from worker_service.processors.file_processing.work import Parameters
from worker_service.processors.spreadsheets import FORMULA, NUMBER, harmless

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",  # RFC 7111
    "tsv": "text/tab-separated-values",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAX_XLSX_ROWS = 1_048_576  # with the header
MAX_XLSX_COLUMNS = 16_384
MAX_XLSX_TEXT = 32_767  # characters of a cell
MAX_XLSX_CELLS = 20_000_000
EXACT = 2**53  # beyond it a spreadsheet's numbers are not exact (IEEE 754 binary64)
RESULT = "result"  # a view
BATCH = 2_000  # rows
EPOCH = 1900  # the first year that a spreadsheet has


@dataclass(frozen=True)
class Written:
    """A table that was written to a file of our own."""

    path: Path
    rows: int
    columns: int


def write(engine: Engine, relation: DuckDBPyRelation, format: str, asked: Parameters) -> Written:
    """Write a relation as a new file."""
    path, columns = new_file(engine), len(relation.columns)
    if format == "xlsx":
        return Written(path, _write_xlsx(path, engine, relation, asked), columns)
    if format == "parquet":
        return Written(path, _copy(engine, _for_parquet(relation), path, "FORMAT parquet"), columns)
    if format == "jsonl":
        return Written(path, _copy(engine, _for_json(relation), path, "FORMAT json"), columns)
    return Written(path, _copy(engine, _for_csv(relation, asked), path, _csv_options(format, asked)), columns)


def new_file(engine: Engine) -> Path:
    """An empty file of a name that no other has."""
    descriptor, name = mkstemp(dir=engine.directory)
    os.close(descriptor)
    return Path(name)


def _copy(engine: Engine, relation: DuckDBPyRelation, path: Path, options: str) -> int:
    """Answers how many rows were written."""
    relation.create_view(RESULT, replace=True)
    target = str(path).replace("'", "''")
    answer = engine.connection.execute(f"COPY {RESULT} TO '{target}' ({options}, USE_TMP_FILE false)").fetchone()
    return int(answer[0]) if answer else 0


def _csv_options(format: str, asked: Parameters) -> str:
    delimiter = "\t" if format == "tsv" else asked.get("delimiter", ",")
    escaped = delimiter.replace("'", "''")
    header = "true" if asked["header"] else "false"
    return f"FORMAT csv, DELIMITER '{escaped}', HEADER {header}, QUOTE '\"', ESCAPE '\"'"


def _for_csv(relation: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """All as text; times as RFC 3339 has them."""
    names = relation.columns
    shown = [harmless(name) if asked["escape_formulas"] else name for name in names]
    columns = [
        f"{_csv_value(name, str(kind), escape=asked['escape_formulas'])} AS {quote(header)}"
        for name, kind, header in zip(names, relation.types, _distinct(shown), strict=True)
    ]
    return relation.project(", ".join(columns))


def _csv_value(name: str, kind: str, *, escape: bool) -> str:
    if kind in {"BOOLEAN", "DATE"} or is_number(kind):
        return quote(name)
    text = _moment(name, kind) or f"CAST({quote(name)} AS VARCHAR)"
    if not escape:
        return text
    dangerous = f"regexp_full_match({text}, '(?s){FORMULA}') AND NOT regexp_full_match({text}, '{NUMBER}')"
    return f"CASE WHEN {dangerous} THEN concat('''', {text}) ELSE {text} END"


def _moment(name: str, kind: str) -> str:
    """A time as text (RFC 3339), exact to the microsecond; nothing for other types."""
    if not kind.startswith("TIMESTAMP"):
        return ""
    zone = "Z" if kind in {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"} else ""
    return f"strftime({quote(name)}, '%Y-%m-%dT%H:%M:%S.%f{zone}')"


def _for_json(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """What JSON cannot hold (NaN, infinity) is null."""
    columns = []
    for name, kind in zip(relation.columns, map(str, relation.types), strict=True):
        value = _moment(name, kind) or quote(name)
        if kind in {"DOUBLE", "FLOAT"}:
            value = f"CASE WHEN isfinite({quote(name)}) THEN {quote(name)} END"
        columns.append(f"{value} AS {quote(name)}")
    return relation.project(", ".join(columns))


def _for_parquet(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """Whole numbers of 128 bits, which Parquet would round, as decimals."""
    columns = [
        f"CAST({quote(name)} AS DECIMAL(38, 0)) AS {quote(name)}" if "HUGEINT" in str(kind) else quote(name)
        for name, kind in zip(relation.columns, relation.types, strict=True)
    ]
    return relation.project(", ".join(columns))


def _distinct(names: Sequence[str]) -> list[str]:
    """After a ' was put before some, two may be alike."""
    return [name if names.index(name) == place else f"{name}_{place + 1}" for place, name in enumerate(names)]


def _write_xlsx(path: Path, engine: Engine, relation: DuckDBPyRelation, asked: Parameters) -> int:
    names = relation.columns
    if len(names) > MAX_XLSX_COLUMNS:
        raise Reject(f"XLSX holds {MAX_XLSX_COLUMNS:,} columns; the table has {len(names):,}.")
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_urls": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(asked["sheet"])
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        written = 0
        if asked["header"]:
            _write_row(sheet, 0, names, dates, escape=asked["escape_formulas"])
        for written, row in enumerate(_rows(engine, relation), start=1):
            _refuse_large(written + asked["header"], len(names))
            _write_row(sheet, written - 1 + asked["header"], row, dates, escape=asked["escape_formulas"])
    return written


def _rows(engine: Engine, relation: DuckDBPyRelation) -> Iterator[Sequence[Any]]:
    relation.create_view(RESULT, replace=True)
    answer = engine.connection.execute(f"FROM {RESULT}")
    while rows := answer.fetchmany(BATCH):
        yield from rows


def _refuse_large(rows: int, columns: int) -> None:
    if rows > MAX_XLSX_ROWS:
        raise Reject(f"XLSX holds {MAX_XLSX_ROWS:,} rows; the table has more. Write CSV or Parquet.")
    if rows * columns > MAX_XLSX_CELLS:
        raise Reject(f"XLSX is written up to {MAX_XLSX_CELLS:,} cells; the table has more. Write CSV or Parquet.")


def _write_row(sheet: Any, row: int, cells: Sequence[Any], dates: Any, *, escape: bool) -> None:  # noqa: ANN401 - xlsxwriter's
    for place, cell in enumerate(cells):
        match cell:
            case None:
                pass
            case bool():
                sheet.write_boolean(row, place, cell)
            case int() | float() | Decimal() if _is_exact(cell):
                sheet.write_number(row, place, cell)
            case datetime() if cell.tzinfo is None and cell.year >= EPOCH:
                sheet.write_datetime(row, place, cell)
            case date() if not isinstance(cell, datetime) and cell.year >= EPOCH:
                sheet.write_datetime(row, place, cell, dates)
            case _:
                _write_text(sheet, row, place, _cell_text(cell), escape=escape)


def _is_exact(number: Any) -> bool:  # noqa: ANN401 - any number
    """Whether a spreadsheet can hold it: it has no NaN and no infinity, and the digits of a double."""
    return bool(abs(number) < EXACT)


def _cell_text(cell: Any) -> str:  # noqa: ANN401 - any value of DuckDB
    return cell.isoformat() if isinstance(cell, datetime) else str(cell)


def _write_text(sheet: Any, row: int, place: int, text: str, *, escape: bool) -> None:  # noqa: ANN401 - xlsxwriter's
    shown = harmless(text) if escape else text
    if len(shown) > MAX_XLSX_TEXT:
        raise Reject(f"XLSX holds {MAX_XLSX_TEXT:,} characters a cell; one in row {row + 1:,} has {len(shown):,}.")
    sheet.write_string(row, place, shown)
