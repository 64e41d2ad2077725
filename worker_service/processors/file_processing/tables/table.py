"""A table that is on its way through the pipeline: where it comes from, what is done with it, how it is written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from io import BufferedReader
from typing import Any

from duckdb import DuckDBPyRelation

from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing.tables.engine import Mismatch, has_room, reading
from worker_service.processors.file_processing.tables.source import Source, source_of
from worker_service.processors.file_processing.tables.straight import to_parquet
from worker_service.processors.file_processing.tables.writing import MEDIA_TYPES, Written, new_file, write
from worker_service.processors.file_processing.work import Parameters, Work

WRITING = "write the table"

Step = Callable[[DuckDBPyRelation], DuckDBPyRelation]

AS_USUAL: Parameters = {"header": True, "escape_formulas": True, "sheet": "Sheet1"}


@dataclass(frozen=True, eq=False)
class Table:
    """Nothing is read but the beginning until it is written or reported on; then rows pass by in bounded memory."""

    job: JobContext
    source: Source
    steps: tuple[Step, ...] = ()
    output: Parameters = field(default_factory=lambda: AS_USUAL)

    def then(self, step: Step) -> "Table":
        """With one step more. Raises `Reject` if the table as it stands does not allow it."""
        with reading(self.source.engine.directory):
            relation = step(self.relation)
            _ = relation.columns  # binds it: what is wrong with the step is told as this step's mistake
        table = replace(self, steps=(*self.steps, step))
        table.__dict__["relation"] = relation
        return table

    @cached_property
    def relation(self) -> DuckDBPyRelation:
        """The table as it stands, with the types that the first rows have."""
        return self._relation(all_rows=False)

    def run(self, read: Callable[[DuckDBPyRelation], Any], told: str) -> Any:  # noqa: ANN401 - whatever is read
        """Go through all rows; once more if further down a value is not of the type of the first ones."""
        engine = self.source.engine
        try:
            return engine.run(self.job, lambda: read(self.relation), told)
        except Mismatch:
            self.job.log("A column holds other values further down; its type is found from all rows.")
        relation = engine.run(self.job, lambda: self._relation(all_rows=True), "find the types")
        try:
            return engine.run(self.job, lambda: read(relation), told)
        except Mismatch as error:
            raise Reject("A column holds a value that is not of its type; read it with `types`: `text`.") from error

    def _relation(self, *, all_rows: bool) -> DuckDBPyRelation:
        with reading(self.source.engine.directory):
            return reduce(lambda table, step: step(table), self.steps, self.source.read(all_rows=all_rows))

    @property
    def format(self) -> str:
        """That of the file which it becomes: the one it came in, unless another was asked for."""
        return str(self.output.get("format") or self.source.format)

    @property
    def media_type(self) -> str:
        """Of the file that it becomes."""
        return MEDIA_TYPES[self.format]

    @property
    def facts(self) -> Mapping[str, Any]:
        """How many rows and columns were written."""
        return {"rows": self._written.rows, "columns": self._written.columns}

    @contextmanager
    def content(self) -> Iterator[BufferedReader]:
        """The file that it becomes, written once."""
        with self._written.path.open("rb") as file:
            yield file

    @cached_property
    def _written(self) -> Written:
        engine = self.source.engine
        if not self.steps and self.format == "parquet" and self.source.format in {"csv", "tsv"} and has_room():
            straight = to_parquet(self.source.layout, new_file(engine), self._tell)
            if straight is not None:
                return straight
        written: Written = self.run(lambda relation: write(engine, relation, self.format, self.output), WRITING)
        return written

    def _tell(self, share: float) -> None:
        """Of the file that was read. Raises `Reject` if the job was cancelled."""
        if self.job.cancelled:
            raise Reject("The job was cancelled.")
        self.job.progress(100 * share, WRITING)


def table_of(work: Work) -> Table:
    """What the steps before made, or the file as it came."""
    if isinstance(work.product, Table):
        return work.product
    return Table(work.job, work.file.seen_as(source_of))
