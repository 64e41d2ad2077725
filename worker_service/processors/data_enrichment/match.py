"""`match`: the row of a table that is spelt the same as a text, or most nearly so, by `rapidfuzz`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.reading import opened
from worker_service.processors.data_enrichment.records import Unreadable
from worker_service.processors.data_enrichment.value import Unusable, text

MAX_LENGTH = 200  # characters: the work grows with their number
MAX_ROWS = 100_000
MINIMUM = 85  # of 100
REMEMBERED = 10_000  # values of a job: columns repeat themselves
CANDIDATES = 2

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """The rows, the texts of the column in which is looked, and those in plain form (words in lower case)."""

    rows: list[Row]
    texts: list[str]
    plain: list[str]
    exact: Mapping[str, int]


def with_table(job: JobContext, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the table in memory. Raises `Reject` if it cannot be read, or has no such column."""
    rows: list[Row] = []
    with opened(job, {"file_id": options["table"]}, "options.table") as source:
        for row in source:
            if isinstance(row, Unreadable):
                raise Reject(f"options.table: row {len(rows)} cannot be read: {row.message}")
            if len(rows) == MAX_ROWS:
                raise Reject(f"options.table: the table has more than {MAX_ROWS:,} rows.")
            rows.append(row)
    column = options.get("column") or next(iter(rows[0]), "") if rows else ""
    table = _table([row for row in rows if isinstance(row.get(column), str)], column)
    if not table.rows:
        raise Reject(f"options.column: the table has no text in a column {column!r}.")
    return {
        **options,
        "find": lru_cache(REMEMBERED)(lambda wanted: _find(table, wanted, options.get("minimum", MINIMUM))),
    }


def _table(rows: list[Row], column: str) -> Table:
    texts = [row[column][:MAX_LENGTH] for row in rows]
    plain = [default_process(one) for one in texts]
    exact: dict[str, int] = {}
    for index, one in enumerate(plain):
        exact.setdefault(one, index)
    return Table(rows, texts, plain, exact)


def match(value: Any, options: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """The best of the table.

    `normalized` (as the table has it), `score` (from 0 to 100: the ratio of equal characters, whatever the order of
    words; 100 if only case and punctuation differ), `row` (all of it), `runnerUp` (the next best, `{"value", "score"}`,
    or null).
    """
    found: dict[str, Any] = options["find"](text(value, limit=MAX_LENGTH))
    if not found:
        raise Unusable("unknown", "The table has nothing that is like enough.")
    return dict(found)


def _find(table: Table, wanted: str, minimum: int) -> dict[str, Any]:
    plain = default_process(wanted)
    if not plain:
        return {}
    if plain in table.exact:
        index = table.exact[plain]
        return {"normalized": table.texts[index], "score": 100, "row": table.rows[index], "runnerUp": None}
    found = process.extract(plain, table.plain, scorer=fuzz.token_sort_ratio, score_cutoff=minimum, limit=CANDIDATES)
    if not found:
        return {}
    (_, score, index), *others = found
    following = [{"value": table.texts[other], "score": round(score, 1)} for _, score, other in others]
    best = {"normalized": table.texts[index], "score": round(score, 1), "row": table.rows[index]}
    return {**best, "runnerUp": next(iter(following), None)}
