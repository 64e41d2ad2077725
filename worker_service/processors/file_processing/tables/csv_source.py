"""CSV and TSV (RFC 4180): the header, the types of the columns, and a relation over them.

All is read as text, so that a row with too few or too many values is an error that tells its line, and a type is given
to a column only if each of its texts is how that type is written: 007, +49 and 12345678901234567890 stay texts.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import CSVLineTerminator, DuckDBPyRelation

from shared.job_types.table_operations import MAX_COLUMNS
from worker_service.processors import Reject
from worker_service.processors.file_processing.tables.engine import MISMATCH, Engine, quote, reading
from worker_service.processors.file_processing.work import Parameters

SAMPLE = 20_480  # rows that a column's type is found from; if others do not fit, from all of them
GLANCE = 100  # rows that tell what most columns are not
HEAD = 1024 * 1024  # bytes in which the header must end
LONGEST_LINE = 2_000_000  # bytes
DELIMITERS = ",;\t|"
CHUNK = 1024 * 1024
LINE_ENDS = {b"\n": CSVLineTerminator.LINE_FEED, b"\r\n": CSVLineTerminator.CARRIAGE_RETURN_LINE_FEED}
SELF_EVIDENT = frozenset({"BIGINT", "DATE"})

_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"

# What each type looks like (RE2), from the narrowest to the widest.
PATTERNS: Mapping[str, str] = {
    "BOOLEAN": "true|false",
    "BIGINT": r"-?(0|[1-9][0-9]{0,17})",
    "DOUBLE": r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?",
    "DATE": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "TIMESTAMP": _MOMENT,
    "TIMESTAMPTZ": rf"{_MOMENT}(Z|[+-][0-9]{{2}}(:[0-9]{{2}})?)",
}


@dataclass(frozen=True)
class Layout:
    """How a file in UTF-8 is to be read."""

    path: Path
    delimiter: str
    header: bool
    kinds: Mapping[str, str]  # by the columns' names: VARCHAR, or one of PATTERNS


def delimiter_of(path: Path) -> str:
    """The one that parts the first line most often; the comma if none does."""
    with path.open("rb") as file:
        lines = file.read(HEAD).decode(errors="replace").lstrip("\ufeff").splitlines()
    first = next((line for line in lines if line.strip()), "")
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter))))


def utf8(path: Path, encoding: str | None, directory: Path) -> Path:
    """The same text in UTF-8, as a file. Raises `Reject` where it is not in that encoding."""
    with path.open("rb") as file:
        mark = file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    encoding = encoding or ("utf-16" if mark else "utf-8")
    if encoding == "utf-8":
        return path
    written = directory / "utf8"
    try:
        with path.open(encoding=encoding, newline="") as text, written.open("w", encoding="utf-8", newline="") as out:
            while chunk := text.read(CHUNK):
                out.write(chunk)
    except UnicodeError as error:
        raise Reject(f"The file is not {encoding}: {error}.") from error
    return written


def layout_of(engine: Engine, path: Path, asked: Parameters, sample: int | None) -> Layout:
    """The names and types of the columns, these found from so many rows (None: all)."""
    delimiter, header = asked.get("delimiter") or delimiter_of(path), asked["header"]
    names = _header(path, delimiter, named=header)
    if asked["types"] == "text":
        return Layout(path, delimiter, header, dict.fromkeys(names, "VARCHAR"))
    with reading(engine.directory):
        texts = read_texts(engine, path, names, delimiter, header=header)
        return Layout(path, delimiter, header, _types(texts if sample is None else texts.limit(sample), names))


def read_csv(engine: Engine, layout: Layout) -> DuckDBPyRelation:
    """The table. Reading it raises `Mismatch` if a value is not of the type of its column."""
    with reading(engine.directory):
        texts = read_texts(engine, layout.path, tuple(layout.kinds), layout.delimiter, header=layout.header)
        return texts.project(", ".join(f"{_typed(name, kind)} AS {quote(name)}" for name, kind in layout.kinds.items()))


def read_texts(engine: Engine, path: Path, names: Sequence[str], delimiter: str, *, header: bool) -> DuckDBPyRelation:
    """All of it as text. Null is what is empty and has no quotes."""
    return engine.connection.read_csv(
        str(path),
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
        header=header,
        sep=delimiter,
        quotechar='"',
        escapechar='"',
        allow_quoted_nulls=False,
        max_line_size=LONGEST_LINE,
        buffer_size=2 * LONGEST_LINE,  # an eighth of what DuckDB takes by itself, as fast
        lineterminator=LINE_ENDS.get(line_end(path)),
    )


def _header(path: Path, delimiter: str, *, named: bool) -> list[str]:
    with path.open("rb") as file:
        head = file.read(HEAD)
    text = head.decode("utf-8", errors="replace").lstrip("\ufeff")
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), None)
    except csv.Error as error:
        raise Reject(f"Line 1: {error}.") from error
    if not first:
        raise Reject("The file has no first row." if text else "The file is empty.")
    if len(first) > MAX_COLUMNS:
        raise Reject(f"Line 1 has {len(first):,} columns; the limit is {MAX_COLUMNS:,}.")
    return column_names(first if named else [""] * len(first))


def column_names(given: Sequence[str]) -> list[str]:
    """Names that DuckDB can tell apart: it does not look at ASCII case. Those that are empty get one by their place."""
    names: list[str] = []
    taken: set[str] = set()
    for place, wanted in enumerate(given, start=1):
        stem = wanted.strip().replace("\0", "") or f"column_{place}"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name.lower())
        names.append(name)
    return names


def line_end(path: Path) -> bytes:
    """What ends the first row: a text in quotes may have others in it, as Excel writes them, and DuckDB would guess."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = re.search(rb"\r\n|\n|\r", re.sub(rb'"[^"]*"?', b"", head))
    if found and found[0] == b"\r" and b"\n" in head:
        raise Reject("The lines end with CR alone, and texts have other line ends in them: that cannot be read.")
    return found[0] if found else b""


def _types(texts: DuckDBPyRelation, names: Sequence[str]) -> dict[str, str]:
    """The narrowest type that all texts of a column have. A few rows rule most of the types out, so others need not."""
    possible = [(name, kind) for name in names for kind in PATTERNS]
    glance = _fitting(texts.limit(GLANCE), possible)
    fits = _fitting(texts, [each for each in possible if glance[each] is not False])
    return {name: next((kind for kind in PATTERNS if fits.get((name, kind))), "VARCHAR") for name in names}


def _fitting(texts: DuckDBPyRelation, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool | None]:
    """Whether all texts of a column are of a type, for such pairs; None where there is no text."""
    tests = {pair: f"bool_and({_fits(quote(pair[0]), pair[1])})" for pair in pairs}
    answers = texts.aggregate(", ".join(tests.values())).fetchall()[0] if tests else ()
    return dict(zip(tests, answers, strict=True))


def _fits(column: str, kind: str) -> str:
    fits = f"regexp_full_match({column}, '{PATTERNS[kind]}') AND TRY_CAST({column} AS {kind}) IS NOT NULL"
    return f"CASE WHEN {column} <> '' THEN {fits} END"


def _typed(name: str, kind: str) -> str:
    """The column as that type. A text that is not so written is an error, even where DuckDB would take it."""
    column = quote(name)
    if kind == "VARCHAR":
        return column
    fits = f"regexp_full_match({column}, '{PATTERNS[kind]}')"
    if kind in SELF_EVIDENT:  # faster, and the same: what comes back as it was written was that type
        fits = f"CAST(TRY_CAST({column} AS {kind}) AS VARCHAR) = {column}"
    checked = f"CASE WHEN {fits} THEN CAST({column} AS {kind}) ELSE error('{MISMATCH}') END"
    return f"CASE WHEN {column} <> '' THEN {checked} END"
