"""The operations on tables, each one small function of what was asked and the columns to a step, behind one table."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation, Expression, FunctionExpression

from worker_service.processors import Reject
from worker_service.processors.file_processing.tables.engine import is_number, quote
from worker_service.processors.file_processing.tables.expressions import build
from worker_service.processors.file_processing.tables.naming import column, refuse_doubles
from worker_service.processors.file_processing.work import Parameters

NUMBER = "dmps row"  # a column for as long as a step takes


def select(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """These columns, in this order."""
    return table.project(*(ColumnExpression(column(name, table.columns)) for name in asked["columns"]))


def rename(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """The same columns under other names."""
    names = {column(old, table.columns): new for old, new in asked["names"].items()}
    renamed = [names.get(name, name) for name in table.columns]
    refuse_doubles(renamed)
    pairs = zip(table.columns, renamed, strict=True)
    return table.project(*(ColumnExpression(old).alias(new) for old, new in pairs))


def filter_(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """The rows for which it is true; neither false nor null."""
    return table.filter(build(asked["where"], table.columns))


def compute(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """One column more, or another one in its place."""
    value, new = build(asked["value"], table.columns), asked["column"]
    refuse_doubles(list(dict.fromkeys([*table.columns, new])))
    kept = [value.alias(name) if name == new else ColumnExpression(name) for name in table.columns]
    return table.project(*kept, *(() if new in table.columns else (value.alias(new),)))


def sort(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """By these columns; rows that are equal in them stay in their order."""
    keys = [_key(table, key) for key in asked["by"]]
    numbered = table.project(f"*, row_number() OVER () AS {quote(NUMBER)}")
    return numbered.sort(*keys, ColumnExpression(NUMBER).asc()).project(*map(ColumnExpression, table.columns))


def _key(table: DuckDBPyRelation, asked: Parameters) -> Expression:
    value = ColumnExpression(column(asked["column"], table.columns))
    return (value.desc() if asked["descending"] else value.asc()).nulls_last()


def aggregate(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """One row a group, in the order of the groups' keys."""
    by = [column(name, table.columns) for name in asked["by"]]
    values = [(_figure(table, value), _figure_name(value)) for value in asked["values"]]
    refuse_doubles([*by, *(name for _, name in values)])
    keys = [ColumnExpression(name) for name in by]
    groups = ", ".join(map(quote, by))
    grouped = table.aggregate([*keys, *(value.alias(name) for value, name in values)], groups)
    return grouped.sort(*(key.asc().nulls_last() for key in keys)) if by else grouped


def _figure_name(value: Parameters) -> str:
    given = "_".join(filter(None, (value.get("column"), value["function"])))
    return str(value.get("name", given))


def _figure(table: DuckDBPyRelation, asked: Parameters) -> Expression:
    if "column" not in asked:
        return FunctionExpression("count", ConstantExpression(1))
    name = column(asked["column"], table.columns)
    kind = str(dict(zip(table.columns, table.types, strict=True))[name])
    if asked["function"] in OF_NUMBERS and not is_number(kind):
        raise Reject(f"The column {name!r} holds {kind}, and {asked['function']} takes numbers.")
    return FIGURES[asked["function"]](ColumnExpression(name), kind)


def _sum(value: Expression, kind: str) -> Expression:
    """Of whole numbers a whole number; that it does not fit 64 bits is an error, not a rounding."""
    total = FunctionExpression("sum", value)
    return total.cast("BIGINT") if "INT" in kind else total


def _called(name: str) -> Callable[[Expression, str], Expression]:
    return lambda value, _: FunctionExpression(name, value)


FIGURES: Mapping[str, Callable[[Expression, str], Expression]] = {
    "sum": _sum,
    "count": _called("count"),
    "countDistinct": lambda value, _: value.n_unique(),
    "mean": _called("avg"),
    "min": _called("min"),
    "max": _called("max"),
    "median": _called("median"),
    "stddev": _called("stddev_samp"),
}
OF_NUMBERS = frozenset({"sum", "mean", "median", "stddev"})


def deduplicate(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """The first of the rows that are alike; null is like null."""
    alike = [column(name, table.columns) for name in asked["columns"]] or table.columns
    numbered = table.project(f"*, row_number() OVER () AS {quote(NUMBER)}")
    first = f"row_number() OVER (PARTITION BY {_list(alike)} ORDER BY {quote(NUMBER)}) = 1"
    picked = f"SELECT {_list(table.columns)} FROM t QUALIFY {first} ORDER BY {quote(NUMBER)}"  # noqa: S608 - names, quoted
    return cast("DuckDBPyRelation", numbered.query("t", picked))  # None is for statements that read nothing


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def limit(table: DuckDBPyRelation, asked: Parameters) -> DuckDBPyRelation:
    """So many rows, from there on."""
    return table.limit(asked["rows"], offset=asked["offset"])


STEPS: Mapping[str, Callable[[DuckDBPyRelation, Parameters], DuckDBPyRelation]] = {
    "select": select,
    "rename": rename,
    "filter": filter_,
    "compute": compute,
    "sort": sort,
    "aggregate": aggregate,
    "deduplicate": deduplicate,
    "limit": limit,
}
