"""The operations of `file-processing` on tables: CSV, TSV, JSON Lines, Parquet and XLSX."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.job_types.operation_fields import named, one_of, whole
from shared.job_types.table_expressions import MAX_LENGTH, parse
from shared.schemas.fields import Boolean, List

FORMATS = ("parquet", "csv", "tsv", "jsonl", "xlsx")
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "shift_jis", "gb18030", "euc-kr", "koi8-r")
FUNCTIONS = ("sum", "count", "countDistinct", "mean", "min", "max", "median", "stddev")
MAX_COLUMNS = 1_000
MAX_ROWS = 2**63 - 1  # what a table's rows are counted in
MAX_NAME = 500  # characters


def _name(description: str, example: str, **kwargs: Any) -> fields.String:  # noqa: ANN401 - any field's
    return fields.String(
        validate=validate.Length(1, MAX_NAME, error="Must have {min} to {max} characters."),
        metadata={"description": description, "example": example},
        **kwargs,
    )


def _names(description: str, example: list[str], **kwargs: Any) -> List:  # noqa: ANN401 - any field's
    return List(
        _name("A column.", example[0]),
        max_length=MAX_COLUMNS,
        metadata={"description": description, "example": example},
        **kwargs,
    )


def _is_expression(text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _expression(description: str, example: str) -> fields.String:
    return fields.String(
        required=True,
        validate=_is_expression,
        metadata={"description": description, "example": example, "minLength": 1, "maxLength": MAX_LENGTH},
    )


def _flag(description: str, *, default: bool) -> Boolean:
    return Boolean(load_default=default, metadata={"description": description, "example": default})


def _delimiter() -> fields.String:
    return fields.String(
        validate=validate.Regexp(r'[^"\r\n\x00\ufeff]\Z', error="Must be one character, no quote and no line break."),
        metadata={"description": "What stands between two values of CSV, where it is not the comma.", "example": ";"},
    )


class ReadTable(Schema):
    """Say how the file is to be read, where its content does not tell it; must be the first step on the table."""

    operation = named("readTable")
    format = one_of(FORMATS, "What the file is; found from its content if left out.")
    delimiter = _delimiter()
    header = _flag("Whether the first row of CSV, TSV and XLSX names the columns.", default=True)
    encoding = one_of(ENCODINGS, "Of CSV and TSV; UTF-8, or UTF-16 with a byte order mark, if left out.")
    sheet = _name("Of XLSX; the first one if left out.", "Sheet1")
    types = one_of(
        ("detect", "text"), "Whether numbers, dates and so on are found in CSV, or all is text.", load_default="detect"
    )


class Select(Schema):
    """Keep these columns, in this order."""

    operation = named("select")
    columns = _names("The columns to keep.", ["name", "price"], required=True, min_length=1)

    @validates_schema
    def _are_distinct(self, operation: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if len(set(operation["columns"])) < len(operation["columns"]):
            raise ValidationError("Names a column twice.", "columns")


class Rename(Schema):
    """Give columns other names."""

    operation = named("rename")
    names = fields.Dict(
        keys=_name("The column's name.", "price"),
        values=_name("Its new name.", "unit_price"),
        required=True,
        validate=validate.Length(1, MAX_COLUMNS, error="Must name {min} to {max} columns."),
        metadata={"description": "New names by old ones.", "example": {"price": "unit_price"}},
    )


class Filter(Schema):
    """Keep the rows for which an expression is true."""

    operation = named("filter")
    where = _expression("As in docs/operations/tables.md.", 'price >= 10 and country in ("DE", "FR")')


class Compute(Schema):
    """Add a column, or replace one, by an expression over the others."""

    operation = named("compute")
    column = _name("The column to write.", "total", required=True)
    value = _expression("As in docs/operations/tables.md.", "round(price * quantity, 2)")


class SortKey(Schema):
    """A column to sort by."""

    column = _name("The column.", "price", required=True)
    descending = _flag("Whether the largest comes first.", default=False)


class Sort(Schema):
    """Sort the rows; those without a value come last. Rows that are equal keep their order."""

    operation = named("sort")
    by = List(
        fields.Nested(SortKey(unknown=RAISE)),
        required=True,
        min_length=1,
        max_length=20,
        metadata={"description": "The first decides first.", "example": [{"column": "price", "descending": True}]},
    )


class Value(Schema):
    """One figure of a group."""

    function = one_of(FUNCTIONS, "What to compute; values that are null are left out.", required=True)
    column = _name("Of which column; `count` may do without: of rows, then.", "price")
    name = _name("What the new column is called; column_function if left out.", "turnover", data_key="as")

    @validates_schema
    def _has_a_column(self, value: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - marshmallow's
        if "column" not in value and value.get("function") != "count":
            raise ValidationError("Only count may do without.", "column")


class Aggregate(Schema):
    """One row for each group of rows; without `by`, one row for all. Groups come in the order of their keys."""

    operation = named("aggregate")
    by = _names("The columns whose values make a group.", ["country"], load_default=list)
    values = List(
        fields.Nested(Value(unknown=RAISE)),
        min_length=1,
        max_length=100,
        required=True,
        metadata={
            "description": "The figures of each group.",
            "example": [{"function": "sum", "column": "price", "as": "turnover"}, {"function": "count"}],
        },
    )


class Deduplicate(Schema):
    """Keep the first of the rows that are alike in these columns, or in all of them."""

    operation = named("deduplicate")
    columns = _names("What makes rows alike; all columns if left out.", ["email"], load_default=list)


class Limit(Schema):
    """Keep so many rows."""

    operation = named("limit")
    rows = whole("How many.", 100, (0, MAX_ROWS), "rows", required=True)
    offset = whole("How many are left out before them.", 10, (0, MAX_ROWS), "rows", load_default=0)


class WriteTable(Schema):
    """Write the table in another format."""

    operation = named("writeTable")
    format = one_of(FORMATS, "The format to write.", required=True)
    delimiter = _delimiter()
    header = _flag("Whether CSV, TSV and XLSX begin with the names of the columns.", default=True)
    escape_formulas = _flag(
        "Whether texts that a spreadsheet would run get a ' before them, in CSV, TSV and XLSX.", default=True
    )
    escape_formulas.data_key = "escapeFormulas"
    sheet = fields.String(
        load_default="Sheet1",
        validate=validate.Regexp(
            r"[^\[\]:*?/\\\x00-\x1f']{1,31}\Z",
            error="Must have 1 to 31 characters, none of []:*?/\\ and no '.",
        ),
        metadata={"description": "What the sheet of XLSX is called.", "example": "Sheet1"},
    )


class Profile(Schema):
    """Report each column: its type, nulls, distinct values, range, quantiles and most frequent values."""

    operation = named("profile")
    top = whole("How many of the most frequent values.", 5, (0, 100), "values", load_default=5)


TABLE_CHANGES: Mapping[str, type[Schema]] = {
    "readTable": ReadTable,
    "select": Select,
    "rename": Rename,
    "filter": Filter,
    "compute": Compute,
    "sort": Sort,
    "aggregate": Aggregate,
    "deduplicate": Deduplicate,
    "limit": Limit,
    "writeTable": WriteTable,
}
TABLE_REPORTS: Mapping[str, type[Schema]] = {"profile": Profile}
