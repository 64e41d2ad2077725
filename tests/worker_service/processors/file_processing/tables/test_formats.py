import csv
import io
import json
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from shared.files import FileStore
from shared.job_types.file_processing import FILE_PROCESSING
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.tables.conftest import Write, step
from worker_service.processors import JobContext, Reject
from worker_service.processors.file_processing import file_processing

FORMATS = ("csv", "tsv", "jsonl", "parquet", "xlsx")
TYPED = b'i,f,b,d,t,zip,big\n1,1.5,true,2024-01-02,"a ""b"", c\nd",007,12345678901234567890\n-5,,,,,,\n'
INJECTIONS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx")
cells = (
    st.none()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
)


def converted(content: bytes, *formats: str) -> bytes:
    """Through one format after the other, without fixtures: hypothesis runs it many times."""
    store = FileStore(Path(mkdtemp()).as_uri())
    for name in formats:
        stored = store.save(content, "text/plain")
        asked = [step("writeTable", format=name, escapeFormulas=False)]
        payload = FILE_PROCESSING.load_payload({"fileId": stored.file_id, "operations": asked})
        job = JobContext(id="1", type="file-processing", attempt=1, files=store)
        content = store.read(file_processing(job, payload)["outputs"][0]["fileId"])
    return content


@pytest.mark.parametrize("through", FORMATS)
def test_types_quotes_line_breaks_and_nulls_survive_every_format(write: Write, through: str) -> None:
    there = write(TYPED, to=through)
    delimiter = [step("readTable", format="tsv")] if through == "tsv" else []
    first, second = map(json.loads, write(there, *delimiter, to="jsonl").splitlines())
    assert first == {
        "i": 1,
        "f": 1.5,
        "b": True,
        "d": "2024-01-02",
        "t": 'a "b", c\nd',
        "zip": "007",
        "big": "12345678901234567890",
    } | ({"d": "2024-01-02T00:00:00.000000"} if first["d"] != "2024-01-02" else {})
    assert second["i"] == -5
    assert {second[name] for name in ("f", "b", "d", "t", "zip", "big")} == {None}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(["parquet", "jsonl"]))
def test_json_lines_come_back_as_they_were(rows: list[tuple[Any, Any]], through: str) -> None:
    kinds = [{type(row[place]) for row in rows} - {type(None)} for place in (0, 1)]
    if any(len(kind) != 1 for kind in kinds):
        rows = [tuple(None if cell is None else str(cell) for cell in row) for row in rows]  # type: ignore[misc]
    content = "".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in rows).encode()
    back = [json.loads(line) for line in converted(content, through, "jsonl").splitlines()]
    assert [(row["a"], row["b"]) for row in back] == rows


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1, max_size=6
    )
)
def test_texts_come_back_from_csv_as_they_were(texts: list[str]) -> None:
    content = "".join(json.dumps({"key": "k", "text": f"x{text}"}) + "\n" for text in texts).encode()
    back = [json.loads(line)["text"] for line in converted(content, "csv", "jsonl").splitlines()]
    assert back == [f"x{text}" for text in texts]


@pytest.mark.parametrize("to", ["csv", "tsv", "xlsx"])
def test_what_a_spreadsheet_would_run_is_disarmed_and_numbers_are_not(write: Write, to: str) -> None:
    values = [*INJECTIONS, "-5", "+1.5e3", "fine"]
    content = "".join(json.dumps({"=h": value}) + "\n" for value in values).encode()
    written = write(content, to=to)
    if to == "xlsx":
        rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(written)).get_sheet_by_index(0).to_python()
    else:
        rows = list(csv.reader(io.StringIO(written.decode(), newline=""), delimiter="," if to == "csv" else "\t"))
    assert [row[0] for row in rows] == ["'=h", *(f"'{value}" for value in INJECTIONS), "-5", "+1.5e3", "fine"]


def test_a_negative_number_stays_a_number(write: Write) -> None:
    assert write(b"a\n-5\n") == b"a\n-5\n"


def test_values_below_the_sample_decide_of_the_type_too(write: Write) -> None:
    content = b"a\n" + b"1\n" * 25_000 + b"007\n"
    assert write(content, to="jsonl").splitlines()[-1] == b'{"a":"007"}'


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("inner", ["\n", "\r\n"], ids=["lf in it", "crlf in it"])
def test_a_text_may_have_other_line_ends_in_it_than_the_file(write: Write, end: str, inner: str) -> None:
    content = f'a,"b{inner}"{end}1,"x{inner}y"{end}2,z{end}'.encode()
    assert [json.loads(line)["a"] for line in write(content, to="jsonl").splitlines()] == [1, 2]


@pytest.mark.parametrize("content", [b"a\n1\r\n2\r\n", b"a\r\n1\n2\n", b"a\r1\r2\r", b"a\n1\r2\n"])
def test_no_row_is_lost_to_odd_line_ends(write: Write, content: bytes) -> None:
    try:
        written = write(content, to="jsonl")
    except Reject:
        return
    assert written.count(b"1") == written.count(b"2") == 1


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252"])
def test_other_encodings_are_read(write: Write, encoding: str) -> None:
    content = "name;x\nJürgen;1\n".encode(encoding)
    asked = step("readTable", **({"encoding": encoding} if encoding != "utf-16" else {}))
    assert write(content, asked).decode() == "name,x\nJürgen,1\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty"),
        (b"a,b\n1,2\n3\n", "Line 3: it should have 2 values, and has 1"),
        (b"a,b\n1,2\n3,4,5\n", "Line 3: it should have 2 values, and has 3"),
        (b'a,b\n1,"x\n', "Line 2: a quote is not closed"),
        (b"a,b\n1,\0\n", "no table that can be read here"),
        (b"a,b\n1,caf\xe9\n", "Line 2: it is not UTF-8"),
        (b"a,b\n1," + b"x" * 3_000_000 + b"\n", "Line 2: it is longer than"),
        (b"PAR1" + b"x" * 100, "."),
        (b"PK\x03\x04junk", "zip that cannot be read"),
        (b'{"a":1}\n{"a":\n', "line 3"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n", "recursion"),
        (",".join(f"c{number}" for number in range(1_001)).encode() + b"\n", "the limit is 1,000"),
    ],
)
def test_a_hostile_or_damaged_file_is_told_without_a_path_of_ours(run: Run, content: bytes, told: str) -> None:
    with pytest.raises(Reject, match=told) as caught:
        run(content, step("writeTable", format="jsonl"))
    assert "/tmp" not in str(caught.value)  # noqa: S108 - what must not be told
    assert "my files" not in str(caught.value)


def test_a_truncated_parquet_is_told(write: Write, run: Run) -> None:
    with pytest.raises(Reject):
        run(write(TYPED, to="parquet")[:-20], step("profile"))
