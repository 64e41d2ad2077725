"""Operations on tables, by DuckDB, behind one table. Nothing is read until the pipeline ends: then rows pass by."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from duckdb import DuckDBPyRelation

from worker_service.processors import Reject
from worker_service.processors.file_processing.tables.operations import STEPS
from worker_service.processors.file_processing.tables.profiling import profile
from worker_service.processors.file_processing.tables.table import Table, table_of
from worker_service.processors.file_processing.work import Parameters, Perform, Report, Work


def read_table(work: Work, asked: Parameters) -> Table:
    """The file, read as was asked."""
    if work.product is not None:
        raise Reject("It must come before all that changes the table.")
    table = table_of(work)
    read = replace(table, source=replace(table.source, asked=asked))
    _ = read.relation  # what is wrong with the file is told as this step's mistake
    return read


def write_table(work: Work, asked: Parameters) -> Table:
    """The table, in another format."""
    return replace(table_of(work), output=asked)


def report_profile(work: Work, asked: Parameters) -> Report:
    """What the columns are like."""
    table = table_of(work)
    report: Report = table.run(lambda relation: profile(table.source.engine, relation, asked["top"]), "profile")
    return report


def _step(operation: Callable[[DuckDBPyRelation, Parameters], DuckDBPyRelation]) -> Perform:
    def perform(work: Work, asked: Parameters) -> Table:
        return table_of(work).then(lambda relation: operation(relation, asked))

    return perform


OPERATIONS: Mapping[str, Perform] = {
    "readTable": read_table,
    **{name: _step(operation) for name, operation in STEPS.items()},
    "writeTable": write_table,
    "profile": report_profile,
}
