"""What the columns of a table are like. All figures but quantiles are exact; those are a t-digest's (Dunning, 2019)."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyRelation

from worker_service.processors import Reject
from worker_service.processors.file_processing.tables.engine import Engine, is_number, quote
from worker_service.processors.file_processing.work import Report

MAX_COLUMNS = 200
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
LONGEST_TEXT = 200  # characters of a value that is shown
COPY = "dmps copy"


def profile(engine: Engine, relation: DuckDBPyRelation, top: int) -> Report:
    """Each column on its own, from a copy that DuckDB keeps, packed, in memory or on disk."""
    if len(relation.columns) > MAX_COLUMNS:
        raise Reject(f"The table has {len(relation.columns):,} columns; a profile takes {MAX_COLUMNS}.")
    engine.connection.execute(f"DROP TABLE IF EXISTS {quote(COPY)}")
    relation.create(COPY)
    table = engine.connection.table(quote(COPY))
    try:
        ((rows,),) = table.aggregate("count(*)").fetchall()
        pairs = zip(relation.columns, map(str, relation.types), strict=True)
        return {"rows": rows, "columns": [_column(table, name, kind, rows, top) for name, kind in pairs]}
    finally:
        engine.connection.execute(f"DROP TABLE {quote(COPY)}")


def _column(table: DuckDBPyRelation, name: str, kind: str, rows: int, top: int) -> Report:
    value = quote(name)
    counted = table.aggregate(f"{value} AS value, count(*) AS n", value)
    ((distinct, filled),) = counted.filter("value IS NOT NULL").aggregate("count(*), coalesce(sum(n), 0)").fetchall()
    frequent = counted.filter("value IS NOT NULL").order("n DESC, value ASC").limit(top).fetchall()
    ((lowest, highest),) = table.aggregate(f"min({value}), max({value})").fetchall()
    return {
        "name": name,
        "type": kind,
        "nulls": rows - int(filled),
        "distinct": distinct,
        "min": _shown(lowest),
        "max": _shown(highest),
        "top": [{"value": _shown(found), "count": count} for found, count in frequent],
        **(_figures(table, value) if is_number(kind) else {}),
    }


def _figures(table: DuckDBPyRelation, value: str) -> Report:
    points = ", ".join(map(str, QUANTILES))
    quantile = f"approx_quantile(CAST({value} AS DOUBLE), [{points}])"
    ((mean, deviation, quantiles),) = table.aggregate(f"avg({value}), stddev_samp({value}), {quantile}").fetchall()
    pairs: Sequence[tuple[float, Any]] = tuple(zip(QUANTILES, quantiles or [None] * len(QUANTILES), strict=True))
    return {
        "mean": _shown(mean),
        "stddev": _shown(deviation),
        "quantiles": [{"q": point, "value": _shown(at)} for point, at in pairs],
    }


def _shown(value: Any) -> Any:  # noqa: ANN401 - any value of DuckDB
    """As JSON can hold it."""
    match value:
        case None | bool() | int():
            return value
        case float() | Decimal():
            return value if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
        case _:
            text = str(value)
            return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."
