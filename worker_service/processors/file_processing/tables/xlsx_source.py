"""XLSX (ECMA-376): a sheet, whose size is known before it is read, written down as text that DuckDB reads with types.

calamine holds the rectangle around all cells of a sheet in memory, so that is bounded first, from the XML itself.
"""

import csv
import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyRelation
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from shared.job_types.table_operations import MAX_COLUMNS
from worker_service.processors import Reject
from worker_service.processors.file_processing.archives import MAX_TOTAL, Budget, refuse_hostile
from worker_service.processors.file_processing.tables.csv_source import column_names, read_texts
from worker_service.processors.file_processing.tables.engine import Engine, quote, reading
from worker_service.processors.file_processing.work import Parameters

MAX_CELLS = 5_000_000  # of the rectangle around them
CHUNK = 1024 * 1024
CELL = re.compile(rb'<(?:\w+:)?c\s[^>]{0,200}?\br="([A-Z]{1,3})([0-9]{1,7})"')
OVERLAP = 512  # bytes that the end of one chunk and the beginning of the next share

UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)

Cell = Any  # str, float, int, bool, a date or a time


def read_xlsx(engine: Engine, path: Path, asked: Parameters) -> DuckDBPyRelation:
    """The sheet that was asked for, or the first."""
    _refuse_oversize(path)
    sheet = _sheet(path, asked.get("sheet"))
    rows = sheet.iter_rows()
    first = next(rows, None)
    if first is None:
        raise Reject(f"The sheet {sheet.name!r} is empty.")
    if len(first) > MAX_COLUMNS:
        raise Reject(f"The sheet {sheet.name!r} has {len(first):,} columns; the limit is {MAX_COLUMNS:,}.")
    names = column_names([_text(cell) if asked["header"] else "" for cell in first])
    kinds = _write(engine.directory / "sheet", rows if asked["header"] else sheet.iter_rows(), len(names))
    with reading(engine.directory):
        texts = read_texts(engine, engine.directory / "sheet", names, ",", header=False)
        columns = (_typed(name, kind, asked["types"]) for name, kind in zip(names, kinds, strict=True))
        return texts.project(", ".join(columns))


def _typed(name: str, kinds: set[str], types: str) -> str:
    kind = next(iter(kinds)) if len(kinds) == 1 and types == "detect" else "VARCHAR"
    if types == "detect" and kinds == {"BIGINT", "DOUBLE"}:
        kind = "DOUBLE"
    if types == "detect" and kinds == {"DATE", "TIMESTAMP"}:
        kind = "TIMESTAMP"
    return f"CAST(nullif({quote(name)}, '') AS {kind}) AS {quote(name)}"


def _refuse_oversize(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_hostile(archive)
            budget = Budget(MAX_TOTAL)
            for entry in archive.infolist():
                _refuse_wide(archive, entry, budget)
    except UNREADABLE as error:
        raise Reject(f"The file is an XLSX that cannot be read: {error}.") from error


def _refuse_wide(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> None:
    """Goes through all of an entry: what its header says of its size may be a lie."""
    width = height = cells = 0
    rest = b""
    with archive.open(entry) as xml:
        while chunk := xml.read(CHUNK):
            budget.take(len(chunk))
            for letters, digits in CELL.findall(rest + chunk):
                width, height, cells = max(width, _column(letters)), max(height, int(digits)), cells + 1
            if max(width * height, cells) > MAX_CELLS:
                raise Reject(
                    f"{entry.filename} spans {max(width * height, cells):,} cells; the limit is {MAX_CELLS:,}."
                )
            rest = chunk[-OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet(path: Path, name: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(str(path))
        if name is not None and name not in book.sheet_names:
            raise Reject(f"There is no sheet {name!r}; there are {', '.join(map(repr, book.sheet_names[:20]))}.")
        return book.get_sheet_by_name(name) if name is not None else book.get_sheet_by_index(0)
    except (CalamineError, IndexError, ValueError) as error:
        raise Reject(f"The file is an XLSX that cannot be read: {error}.") from error


def _write(path: Path, rows: Iterator[Sequence[Cell]], width: int) -> list[set[str]]:
    """All rows as CSV; answers the types that the cells of each column have."""
    kinds: list[set[str]] = [set() for _ in range(width)]
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            for place, cell in enumerate(row):
                if cell != "":
                    kinds[place].add(_kind(cell))
            writer.writerow([_text(cell) for cell in row])
    return kinds


def _kind(cell: Cell) -> str:
    match cell:
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT"
        case float():
            return "BIGINT" if cell.is_integer() and abs(cell) < 2**53 else "DOUBLE"
        case dt.datetime():
            return "TIMESTAMP"
        case dt.date():
            return "DATE"
        case _:
            return "VARCHAR"


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
