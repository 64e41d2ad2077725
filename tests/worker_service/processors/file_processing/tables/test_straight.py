"""What Arrow writes is what DuckDB would have written, or it is not written."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.tables.conftest import step
from worker_service.processors import Reject
from worker_service.processors.file_processing.tables import csv_source, straight
from worker_service.processors.file_processing.tables.engine import Engine, Mismatch, connect, reading
from worker_service.processors.file_processing.tables.source import AS_IT_LOOKS
from worker_service.processors.file_processing.tables.table import WRITING
from worker_service.processors.file_processing.tables.writing import write as write_by_duckdb

Rows = list[tuple[Any, ...]]
Both = Callable[[bytes], tuple[Rows | None, Rows | None]]

VALUES = (
    "",
    '""',
    "x",
    '"a"',
    '"a,b"',
    '"a""b"',
    '"a"b',
    'a"b',
    " 5",
    "5",
    "-0",
    "007",
    "0x1F",
    "1.5",
    ".5",
    "5.",
    "inf",
)
TYPES = ("true", "1", "2024-02-29", "2024-02-30", "2024-01-02 03:04", "2024-01-02T03:04:05.1Z", "2024-01-02 03:04+02")
LONG = ("12345678901234567890", "1e5", "1e400", '"x\ny"', '"x\r\ny"', '"x\ry"', "\r", "\0", "ü", "'", "- 5", "+5")
values = st.sampled_from((*VALUES, *TYPES, *LONG))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = connect(tmp_path, tmp_path / "source")
    yield made
    made.connection.close()


@pytest.fixture
def both(engine: Engine) -> Both:
    """The rows as Arrow and as DuckDB have them; None where it was not for Arrow, or where DuckDB refused it."""

    def read(content: bytes) -> tuple[Rows | None, Rows | None]:
        source, path = engine.directory / "source", engine.directory / "straight"
        source.write_bytes(content)
        try:
            layout = csv_source.layout_of(engine, source, AS_IT_LOOKS, sample=3)
        except Reject:
            return None, None
        written = straight.to_parquet(layout, path, lambda _: None)
        return rows(path) if written else None, _by_duckdb(engine, layout)

    return read


def _by_duckdb(engine: Engine, layout: csv_source.Layout) -> Rows | None:
    try:
        with reading(engine.directory):
            return rows(write_by_duckdb(engine, csv_source.read_csv(engine, layout), "parquet", {}).path)
    except (Reject, Mismatch):
        return None


def rows(path: Path) -> Rows:
    table = parquet.read_table(path)
    names = [(field.name, str(field.type)) for field in table.schema]
    return [tuple(names), *zip(*(column.to_pylist() for column in table.columns), strict=True)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(values, values), min_size=1, max_size=6),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_arrow_takes_a_file_as_duckdb_does_or_leaves_it(
    both: Both, cells: list[tuple[str, str]], end: bytes, ends: bool, mark: bytes
) -> None:
    lines = end.join([b"a,b", *(f"{a},{b}".encode() for a, b in cells)])
    by_arrow, by_duckdb = both(mark + lines + end * ends)
    assert by_arrow in (None, by_duckdb)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text('a,"\n\r 0', max_size=12))
def test_that_holds_for_any_bytes(both: Both, text: str) -> None:
    by_arrow, by_duckdb = both(b"a,b\n" + text.encode())
    assert by_arrow in (None, by_duckdb)


def test_what_is_plain_is_taken(both: Both) -> None:
    lines = ["i,f,b,d,t,z,x", '1,1.5,true,2024-01-02,2024-01-02 03:04,2024-01-02T03:04:05.1Z,"a ""b"", c\nd"']
    by_arrow, by_duckdb = both("\n".join([*lines, '-2,,,,,,""', ",,,,,,", '"3","","","","","",""', ""]).encode())
    assert by_arrow is not None
    assert by_arrow == by_duckdb
    assert len(by_arrow) == 1 + 4


@pytest.mark.parametrize("slice_of", [2, 7])
def test_quotes_are_told_apart_where_what_is_read_is_cut(
    both: Both, monkeypatch: pytest.MonkeyPatch, slice_of: int
) -> None:
    from worker_service.processors.file_processing.tables import plain  # noqa: PLC0415 - loads numpy

    monkeypatch.setattr(plain, "SLICE", slice_of)
    monkeypatch.setattr(straight, "BLOCK", 16)
    content = b"a,b\n" + b'"x""y",1\n"""",2\nz,3\n' * 20
    by_arrow, by_duckdb = both(content)
    assert by_arrow is not None
    assert by_arrow == by_duckdb
    assert both(content + b'"x"y,4\n')[0] is None
    assert both(content + b'"x\n')[0] is None


def test_a_row_that_is_too_long_is_left_to_duckdb(both: Both) -> None:
    assert both(b"a,b\n1," + b"x" * csv_source.LONGEST_LINE + b"\n")[0] is None


def test_progress_is_told_and_a_cancelled_job_writes_nothing(run: Run) -> None:
    told: list[Any] = []
    content, steps = b"a,b\n" + b"1,some words\n" * 1_000_000, step("writeTable", format="parquet")
    assert run(content, steps, emit=told.append)["outputs"][0]["rows"] == 1_000_000
    assert len({word["percent"] for word in told if word.get("message") == WRITING}) > 1
    written: list[Any] = []
    with pytest.raises(Reject, match="cancelled"):
        run(
            content,
            steps,
            emit=written.append,
            is_cancelled=lambda: bool(written) and written[-1]["message"] == WRITING,
        )
