"""The file that a job works on, seen as a table: which format it is, and the way from its bytes to a relation."""

import zipfile
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from duckdb import DuckDBPyRelation

from worker_service.processors import Reject
from worker_service.processors.file_processing.tables import csv_source, xlsx_source
from worker_service.processors.file_processing.tables.engine import Engine, connect, reading
from worker_service.processors.file_processing.work import File, Parameters

AS_IT_LOOKS: Parameters = {"header": True, "types": "detect"}
HEAD = 4096  # bytes


@dataclass(frozen=True, eq=False)
class Source:
    """A file and how it is to be read. Whatever is wrong with it is a `Reject`, never with a path of ours."""

    engine: Engine
    path: Path
    asked: Parameters = field(default_factory=lambda: AS_IT_LOOKS)

    @cached_property
    def format(self) -> str:
        """What the file is: what was said, or what it looks like."""
        return str(self.asked.get("format") or format_of(self.path))

    def read(self, *, all_rows: bool) -> DuckDBPyRelation:
        """The table. Types are found from its first rows, or, more slowly, from all of them."""
        name = self.format
        if name == "parquet":
            with reading(self.engine.directory):
                return self.engine.connection.read_parquet(str(self.path))
        if name == "xlsx":
            return xlsx_source.read_xlsx(self.engine, self.path, self.asked)
        if name == "jsonl":
            return _read_jsonl(self.engine, self.path)
        return csv_source.read_csv(self.engine, self._layout(None) if all_rows else self.layout)

    @cached_property
    def layout(self) -> csv_source.Layout:
        """Of CSV and TSV, as its first rows have it."""
        return self._layout(csv_source.SAMPLE)

    def _layout(self, sample: int | None) -> csv_source.Layout:
        asked = {**self.asked, **({"delimiter": "\t"} if self.format == "tsv" else {})}
        return csv_source.layout_of(self.engine, self._text, asked, sample)

    @cached_property
    def _text(self) -> Path:
        return csv_source.utf8(self.path, self.asked.get("encoding"), self.engine.directory)


def source_of(file: File) -> Source:
    """The file, linked into a directory of this job's own, so that no name of ours can be a pattern or be told."""
    directory = file.scratch / "table"
    directory.mkdir()
    link = directory / "input"
    link.symlink_to(Path(file.content.name).resolve())
    engine = connect(directory, link.resolve())
    file.closing.callback(engine.connection.close)
    return Source(engine, link)


def format_of(path: Path) -> str:
    """Which format its content looks like. Raises `Reject` for what is no table."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "jsonl"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Reject("The file is no table that can be read here: CSV, TSV, JSON Lines, Parquet or XLSX.")
    return "csv"


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return "xlsx"
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Reject(f"The file is a zip that cannot be read: {error}.") from error
    raise Reject("The file is a zip, but no XLSX; unpack it with decompress first.")


def _read_jsonl(engine: Engine, path: Path) -> DuckDBPyRelation:
    """Texts stay texts, whatever they look like, and what is nested stays JSON. The columns are those of all rows."""
    read = partial(engine.connection.read_json, str(path), format="newline_delimited", records="true")
    with reading(engine.directory):
        found = read(maximum_depth=2, sample_size=-1)
        return read(columns={name: _kept(str(kind)) for name, kind in zip(found.columns, found.types, strict=True)})


def _kept(kind: str) -> str:
    if kind in {"BIGINT", "DOUBLE", "BOOLEAN", "HUGEINT", "UBIGINT"}:
        return kind
    nested = kind == "JSON" or kind.startswith(("STRUCT", "MAP")) or kind.endswith("[]")
    return "JSON" if nested else "VARCHAR"
