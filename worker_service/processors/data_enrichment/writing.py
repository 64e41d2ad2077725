"""Enriched records into a file, in flat memory: JSON Lines as the contract has them, CSV and Parquet flattened.

Flattened, a row has the fields of the record, then for each rule a column `RULE.MEMBER` of each member that it adds,
and `RULE.problem` with the code of its problem. The fields are those of the first thousand records; what else a later
one has stands in the last column, `_rest`, as JSON. All columns are texts; what is not text stands there as JSON.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha256
from shutil import copyfileobj
from typing import IO, Any, NamedTuple, Protocol

from shared.codec import encode
from worker_service.processors.data_enrichment.parquet import Rows
from worker_service.processors.data_enrichment.rule import Rule
from worker_service.processors.saving import emptied, pieces_of
from worker_service.processors.spreadsheets import harmless

Enriched = Mapping[str, Any]
Cells = list[str | None]


class Target(NamedTuple):
    """Where to write: the file, one for what is only on its way to a part, and what is to be closed before them."""

    whole: IO[bytes]
    spare: IO[bytes]
    closing: ExitStack


class Writer(Protocol):
    """Writes chunks of enriched records, and what stands at the end of a file.

    What was written comes in parts, too: another writer that has restored all of them goes on as this one does.
    """

    @property
    def fields(self) -> list[str] | None:
        """Of the records, as the first chunk decided; None before, and where nothing depends on them."""

    @property
    def layout(self) -> str:
        """What the columns of a flattened file are, in short."""

    def part(self) -> Iterator[bytes]:
        """What was written since the last part, in pieces. Take all of them before the next chunk."""

    def restore(self, part: IO[bytes]) -> None:
        """Write the next part again."""

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk; never an empty one."""

    def close(self) -> None:
        """After the last."""


class Lines:
    """Of a file of lines, a part is a piece. `fields` are those of the parts before."""

    def __init__(self, target: Target, rules: Sequence[Rule], fields: list[str] | None) -> None:
        self._target = target.whole
        self._rules = rules
        self._columns = Columns(rules, fields) if fields is not None else None
        self._parted = 0  # bytes

    @property
    def fields(self) -> list[str] | None:
        """Those of a flattened file."""
        return self._columns.fields if self._columns else None

    @property
    def layout(self) -> str:
        """Empty where there are no columns."""
        return self._columns.layout if self._columns else ""

    def part(self) -> Iterator[bytes]:
        """The bytes since the last one."""
        yield from pieces_of(self._target, self._parted)
        self._parted = self._target.tell()

    def restore(self, part: IO[bytes]) -> None:
        """Copy them."""
        copyfileobj(part, self._target)
        self._parted = self._target.tell()

    def close(self) -> None:
        """Nothing: of no records, not even the names of a CSV file's columns are known."""


class JsonLines(Lines):
    """One object a line."""

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        self._target.write(b"".join(encode(one) + b"\n" for one in chunk))


class Csv(Lines):
    """By RFC 4180, in UTF-8; nothing in it is a formula to a spreadsheet."""

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        rows: list[Cells] = []
        if self._columns is None:
            self._columns = Columns(self._rules, fields_of(chunk))
            rows = [[*self._columns.names]]
        rows += map(self._columns.cells, chunk)
        text = io.StringIO()
        csv.writer(text).writerows([harmless(cell or "") for cell in row] for row in rows)
        self._target.write(text.getvalue().encode())


class Parquet:
    """One row group a chunk. A part is a Parquet file of the row groups since the last one."""

    def __init__(self, target: Target, rules: Sequence[Rule], fields: list[str] | None) -> None:
        self._target = target
        self._rules = rules
        self._columns = Columns(rules, fields) if fields is not None else None
        self._rows = self._rows_of(target.whole, self._columns) if self._columns else None
        self._part: Rows | None = None

    @property
    def fields(self) -> list[str] | None:
        """Of all rows."""
        return self._columns.fields if self._columns else None

    @property
    def layout(self) -> str:
        """Empty before the first chunk."""
        return self._columns.layout if self._columns else ""

    def part(self) -> Iterator[bytes]:
        """The row groups since the last one."""
        part, self._part = self._part, None
        if part is not None:
            part.close()
            yield from pieces_of(self._target.spare)

    def restore(self, part: IO[bytes]) -> None:
        """Write them again."""
        if self._rows is not None and part.read(1):
            part.seek(0)
            self._rows.copy(part)

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        columns, rows = self._begin(chunk)
        cells = [columns.cells(one) for one in chunk]
        rows.write(cells)
        if self._part is None:
            emptied(self._target.spare)
            self._part = self._rows_of(self._target.spare, columns)
        self._part.write(cells)

    def close(self) -> None:
        """A file without rows is one, too."""
        _, rows = self._begin(())
        rows.close()

    def _begin(self, chunk: Sequence[Enriched]) -> tuple["Columns", Rows]:
        if self._columns is None or self._rows is None:
            self._columns = Columns(self._rules, fields_of(chunk))
            self._rows = self._rows_of(self._target.whole, self._columns)
        return self._columns, self._rows

    def _rows_of(self, file: IO[bytes], columns: "Columns") -> Rows:
        rows = Rows(file, columns.names)
        self._target.closing.callback(rows.close)
        return rows


WRITERS: Mapping[str, Callable[[Target, Sequence[Rule], list[str] | None], Writer]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "parquet": Parquet,
}


def fields_of(first: Sequence[Enriched]) -> list[str]:
    """The fields of a flattened file, by its first chunk."""
    return list(dict.fromkeys(name for one in first for name in one["record"]))


class Columns:
    """The columns of a flattened file, by the fields of its records."""

    def __init__(self, rules: Sequence[Rule], fields: list[str]) -> None:
        self._rules = rules
        self.fields = fields
        self.names = list(self._unlike())
        self.layout = sha256(encode(self.names)).hexdigest()[:16]

    def cells(self, one: Enriched) -> Cells:
        """A row."""
        record, problems = one["record"], {problem["as"]: problem["code"] for problem in one["problems"]}
        row = [_cell(record.get(name)) for name in self.fields]
        for rule in self._rules:
            found = one["enriched"].get(rule.name, {})
            row += [_cell(found.get(member)) for member in rule.adds]
            row.append(problems.get(rule.name))
        rest = {name: value for name, value in record.items() if name not in self._known}
        return [*row, _cell(rest) if rest else None]

    def _unlike(self) -> Iterator[str]:
        """The names, each once: a field may well be called `email.domain`."""
        self._known = frozenset(self.fields)
        seen: set[str] = set()
        ours = (f"{rule.name}.{member}" for rule in self._rules for member in (*rule.adds, "problem"))
        for name in (*self.fields, *ours, "_rest"):
            unlike = name
            while unlike in seen:
                unlike += "_"
            seen.add(unlike)
            yield unlike


def _cell(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return value if value is None or isinstance(value, str) else encode(value).decode()
