"""Files in, files out: the whole way, through the processor."""

import csv
import io
import json
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from marshmallow import RAISE
from pyarrow import parquet

from shared.codec import encode
from shared.files import FileStore
from shared.job_types.data_enrichment import DATA_ENRICHMENT
from shared.job_types.data_enrichment_result import MAX_FAILURES, DataEnrichmentResult
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment import enrich

IP = {"field": "ip", "with": "ip"}
CSV = b"name,ip\nAda,8.8.8.8\nBob,nonsense\nEve,\n"


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path.as_uri())


@pytest.fixture
def run(files: FileStore) -> Callable[..., dict[str, Any]]:
    def result(
        content: bytes, *rules: dict[str, Any], job: dict[str, Any] | None = None, **file: str
    ) -> dict[str, Any]:
        stored = files.save(content, "text/plain")
        context = JobContext(id="j", type="data-enrichment", attempt=1, files=files, **(job or {}))
        payload = {"file": {"fileId": stored.file_id, **file}, "enrich": list(rules)}
        answer: dict[str, Any] = enrich(context, DATA_ENRICHMENT.load_payload(payload))
        DataEnrichmentResult(unknown=RAISE).load(answer)  # as the contract has it
        assert encode(answer)
        return answer

    return result


@pytest.fixture
def lines(files: FileStore) -> Callable[[Mapping[str, Any]], list[Any]]:
    return lambda result: [json.loads(line) for line in files.read(result["file"]["fileId"]).splitlines()]


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), target)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        b"\xef\xbb\xbf" + CSV.replace(b"\n", b"\r\n"),
        CSV.replace(b",", b";"),
        CSV.replace(b",", b"\t"),
        b'{"name":"Ada","ip":"8.8.8.8"}\n{"name":"Bob","ip":"nonsense"}\n\n{"name":"Eve","ip":""}',
        _parquet([{"name": "Ada", "ip": "8.8.8.8"}, {"name": "Bob", "ip": "nonsense"}, {"name": "Eve", "ip": ""}]),
    ],
    ids=["csv", "bom", "semicolons", "tabs", "jsonl", "parquet"],
)
def test_every_format_is_told_from_its_first_bytes(run: Any, lines: Any, content: bytes) -> None:
    result = run(content, IP)
    assert [one["record"]["name"] for one in lines(result)] == ["Ada", "Bob", "Eve"]
    assert lines(result)[0]["enriched"]["ip"]["country"] == "US"
    assert result["failures"] == [
        {"record": 1, "as": "ip", "field": "ip", "with": "ip", "code": "invalid"}
        | {"message": lines(result)[1]["problems"][0]["message"]}
    ]
    (report,) = result["report"]
    assert (report["filled"], report["absent"], report["invalid"]) == (1, 1, 1)
    assert report["problems"] == {"empty": 1, "invalid": 1}
    assert (result["file"]["records"], result["file"]["unreadable"]) == (3, 0)


def test_csv_out_is_flat_and_no_formula(run: Any, files: FileStore) -> None:
    content = b'name,ip,ip.country\n"=cmd()",8.8.8.8,x\n-1.5,x,@y\n'
    result = run(content, IP, {"field": "name", "with": "text", "as": "t"}, output="csv")
    first, second = csv.DictReader(io.StringIO(files.read(result["file"]["fileId"]).decode(), newline=""))
    assert (first["name"], first["t.normalized"], first["ip.country"], first["ip.country_"]) == (
        "'=cmd()",
        "'=cmd()",
        "x",
        "US",
    )
    assert (first["ip.version"], first["ip.mapped"], first["ip.problem"]) == ("4", "false", "")
    assert (second["name"], second["ip.country"], second["ip.problem"]) == ("-1.5", "'@y", "invalid")


def test_parquet_out_is_flat(run: Any, files: FileStore) -> None:
    rows: list[dict[str, Any]] = [
        {"ip": "8.8.8.8", "n": 1, "more": [{"a": None}]},
        {"ip": None, "n": None, "more": None},
    ]
    result = run(_parquet(rows), IP, output="parquet")
    first, second = parquet.read_table(io.BytesIO(files.read(result["file"]["fileId"]))).to_pylist()
    assert (first["ip"], first["n"], json.loads(first["more"]), first["ip.scope"]) == (
        "8.8.8.8",
        "1",
        [{"a": None}],
        "global",
    )
    assert (second["n"], second["ip.scope"], second["ip.problem"], second["_rest"]) == (None, None, "missing", None)


def test_fields_that_come_late_stand_in_the_last_column(run: Any, files: FileStore) -> None:
    records = [{"ip": "8.8.8.8"}] * 1000 + [{"ip": "1.1.1.1", "late": 1}]
    result = run("\n".join(map(json.dumps, records)).encode(), IP, output="csv")
    *_, last = csv.DictReader(io.StringIO(files.read(result["file"]["fileId"]).decode(), newline=""))
    assert (last["ip"], last["_rest"]) == ("1.1.1.1", '{"late":1}')


@pytest.mark.parametrize("output", ["jsonl", "csv", "parquet"])
def test_a_file_without_records_gives_one_without_records(run: Any, files: FileStore, output: str) -> None:
    result = run(b"name,ip\n", IP, output=output)
    assert result["file"]["records"] == 0
    assert result["report"][0]["filled"] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"ip":"8.8.8.8"}\n{broken\n{"ip":"1.1.1.1"}', "The line is not JSON: "),
        (b'{"ip":"8.8.8.8"}\n[1]\n{"ip":"1.1.1.1"}', "The line is JSON, but no object."),
        (b'{"ip":"8.8.8.8"}\n{"ip":"\xff"}\n{"ip":"1.1.1.1"}', "The line is not JSON: "),
        (b'{"ip":"8.8.8.8"}\n' + b"[" * 100_000 + b'\n{"ip":"1.1.1.1"}', "The line is not JSON: "),
        (
            b'{"ip":"8.8.8.8"}\n{"a":"' + b"x" * 3_000_000 + b'"}\n{"ip":"1.1.1.1"}',
            "The line has more than 1,048,576 bytes.",
        ),
        (b"ip,b\n8.8.8.8,1\n1\n1.1.1.1,2\n", "The row has 1 values, and the header 2 names."),
        (b"ip,b\n8.8.8.8,1\n\xff,1\n1.1.1.1,2\n", "The row is not in UTF-8."),
        (b'ip,b\n8.8.8.8,1\n"' + b"x" * 200_000 + b'",1\n1.1.1.1,2\n', "The row is not CSV: "),
    ],
)
def test_a_record_that_cannot_be_read_costs_only_itself(run: Any, lines: Any, content: bytes, message: str) -> None:
    result = run(content, IP)
    assert [one["record"]["ip"] for one in lines(result)] == ["8.8.8.8", "1.1.1.1"]
    (failure,) = result["failures"]
    assert (failure["record"], failure["code"]) == (1, "unreadable")
    assert failure["message"].startswith(message)
    assert (result["file"]["records"], result["file"]["unreadable"]) == (2, 1)


@pytest.mark.parametrize(
    ("content", "file", "message"),
    [
        (b"", {}, "begins with a row of 1 to 1,000 names"),
        (b"a,a\n1,2\n", {}, "Two columns are named 'a'"),
        (b"a,\xff\n1,2\n", {}, "not in UTF-8"),
        (b"," * 1000, {}, "1 to 1,000 names"),
        (b"a\n" + b"1" * 2_000_000, {}, "A line of the file has more than 1,048,576 bytes"),
        (b"PAR1 but no more", {}, "The file is not Parquet"),
        (CSV, {"format": "parquet"}, "The file is not Parquet"),
    ],
)
def test_a_file_that_is_no_table_rejects_the_job(run: Any, content: bytes, file: dict[str, str], message: str) -> None:
    with pytest.raises(Reject, match=f"^/file/fileId: .*{message}"):
        run(content, IP, **file)


def test_a_parquet_file_that_breaks_off_rejects_the_job(run: Any) -> None:
    whole = bytearray(_parquet([{"ip": f"8.8.8.{n % 256}", "s": "x" * 50 + str(n)} for n in range(5000)]))
    whole[200:2000] = bytes(1800)
    with pytest.raises(Reject, match=r"/file/fileId: The file (breaks off|is not Parquet)"):
        run(bytes(whole), IP)


def test_a_file_that_there_is_not_rejects_the_job(files: FileStore) -> None:
    payload = {"file": {"fileId": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"}, "enrich": [IP]}
    with pytest.raises(Reject, match=r"/file/fileId: .*Upload it with POST /api/files first"):
        enrich(JobContext("j", "data-enrichment", 1, files), DATA_ENRICHMENT.load_payload(payload))


def test_only_the_first_failures_are_listed_and_all_are_counted(run: Any) -> None:
    result = run(b"ip\n" + b"x\n" * 500, IP)
    assert [failure["record"] for failure in result["failures"]] == list(range(MAX_FAILURES))
    assert result["report"][0]["invalid"] == 500


def test_progress_is_told_and_a_cancelled_job_stops_and_leaves_no_file(run: Any, files: FileStore) -> None:
    cancelled, told = threading.Event(), []

    def tell(update: Mapping[str, Any]) -> None:
        told.append(update["percent"])
        if len(told) == 2:
            cancelled.set()

    with pytest.raises(Reject, match="stopped after 2,000 records"):
        run(b"ip\n" + b"8.8.8.8\n" * 5000, IP, job={"emit": tell, "is_cancelled": cancelled.is_set})
    assert told == sorted(told)
    assert 0 < told[0] < told[1] < 100
    assert len(list(Path(files.url.removeprefix("file://")).rglob("*.json"))) == 1  # the source


@pytest.mark.parametrize("output", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_number_of_records(run: Any, output: str) -> None:
    run(b"ip\n10.0.0.1\n", IP, output=output)  # what is made once
    tracemalloc.start()
    try:
        run(b"ip,n\n" + b"10.0.0.1,1\n" * 40_000, IP, output=output)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000  # a thousand records, and two parts of the upload; all of them would take 60 MB


def test_pyarrow_is_imported_only_for_parquet() -> None:
    code = (
        "import sys; from worker_service.catalogue import processors; processors([]); print('pyarrow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
