"""Enriched records into a file, in flat memory: JSON Lines as the contract has them, CSV and Parquet flattened.

Flattened, a row has the fields of the record, then for each rule a column `RULE.MEMBER` of each member that it adds,
and `RULE.problem` with the code of its problem. The fields are those of the first thousand records; what else a later
one has stands in the last column, `_rest`, as JSON. All columns are texts; what is not text stands there as JSON.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any, Protocol

from shared.codec import encode
from worker_service.processors.data_enrichment.parquet import Rows
from worker_service.processors.data_enrichment.rule import Rule

Enriched = Mapping[str, Any]
Cells = list[str | None]

# What a spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection), unless it is a number,
# or a telephone number.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class Writer(Protocol):
    """Writes chunks of enriched records, and what stands at the end of a file."""

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk; never an empty one."""

    def close(self) -> None:
        """After the last."""


class JsonLines:
    """One object a line."""

    def __init__(self, target: IO[bytes], _: Sequence[Rule]) -> None:
        self._target = target

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        self._target.write(b"".join(encode(one) + b"\n" for one in chunk))

    def close(self) -> None:
        """Nothing."""


class Csv:
    """By RFC 4180, in UTF-8; nothing in it is a formula to a spreadsheet."""

    def __init__(self, target: IO[bytes], rules: Sequence[Rule]) -> None:
        self._target = target
        self._rules = rules
        self._columns: Columns | None = None

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        rows: list[Cells] = []
        if self._columns is None:
            self._columns = Columns(self._rules, chunk)
            rows = [[*self._columns.names]]
        rows += map(self._columns.cells, chunk)
        text = io.StringIO()
        csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
        self._target.write(text.getvalue().encode())

    def close(self) -> None:
        """Nothing: of no records, not even the names of their columns are known."""


class Parquet:
    """One row group a chunk."""

    def __init__(self, target: IO[bytes], rules: Sequence[Rule]) -> None:
        self._target = target
        self._rules = rules
        self._columns: Columns | None = None
        self._rows: Rows | None = None

    def write(self, chunk: Sequence[Enriched]) -> None:
        """Add a chunk."""
        self._begin(chunk).write([self._columns.cells(one) for one in chunk] if self._columns else [])

    def close(self) -> None:
        """A file without rows is one, too."""
        self._begin(()).close()

    def _begin(self, chunk: Sequence[Enriched]) -> Rows:
        if self._rows is None:
            self._columns = Columns(self._rules, chunk)
            self._rows = Rows(self._target, self._columns.names)
        return self._rows


WRITERS: Mapping[str, Callable[[IO[bytes], Sequence[Rule]], Writer]] = {
    "jsonl": JsonLines,
    "csv": Csv,
    "parquet": Parquet,
}


class Columns:
    """The columns of a flattened file, by its first chunk."""

    def __init__(self, rules: Sequence[Rule], first: Sequence[Enriched]) -> None:
        self._rules = rules
        self._fields = list(dict.fromkeys(name for one in first for name in one["record"]))
        self.names = list(self._unlike())

    def cells(self, one: Enriched) -> Cells:
        """A row."""
        record, problems = one["record"], {problem["as"]: problem["code"] for problem in one["problems"]}
        row = [_cell(record.get(name)) for name in self._fields]
        for rule in self._rules:
            found = one["enriched"].get(rule.name, {})
            row += [_cell(found.get(member)) for member in rule.adds]
            row.append(problems.get(rule.name))
        rest = {name: value for name, value in record.items() if name not in self._known}
        return [*row, _cell(rest) if rest else None]

    def _unlike(self) -> Iterator[str]:
        """The names, each once: a field may well be called `email.domain`."""
        self._known = frozenset(self._fields)
        seen: set[str] = set()
        ours = (f"{rule.name}.{member}" for rule in self._rules for member in (*rule.adds, "problem"))
        for name in (*self._fields, *ours, "_rest"):
            unlike = name
            while unlike in seen:
                unlike += "_"
            seen.add(unlike)
            yield unlike


def _cell(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    return value if value is None or isinstance(value, str) else encode(value).decode()


def _harmless(cell: str | None) -> str:
    if not cell or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell or ""
    return f"'{cell}"
