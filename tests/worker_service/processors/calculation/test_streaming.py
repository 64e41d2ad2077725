"""Numbers of files: the same figures as inline, from every format, in chunks, with progress and a way out."""

import io
import json
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.files import FileStore
from shared.job_types.calculation import CALCULATION
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation import calculation, spool

Run = Callable[..., dict[str, Any]]

NUMBERS = [float(number) for number in np.random.default_rng(7).normal(100, 15, 150_000).round(3)]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore((tmp_path / "my files").as_uri())


@pytest.fixture
def run(files: FileStore) -> Run:
    """Stores a content and runs an operation on it."""

    def process(content: bytes, operation: str = "describe", context: Any = None, **more: Any) -> dict[str, Any]:
        stored = files.save(content, "text/plain")
        payload = CALCULATION.load_payload({"operation": operation, "fileId": stored.file_id, **more})
        job = JobContext(id="1", type="calculation", attempt=1, files=files, **(context or {}))
        result: dict[str, Any] = calculation(job, payload)
        return result

    return process


def lines(numbers: list[float]) -> bytes:
    return "\n".join(map(repr, numbers)).encode()


def in_parquet(numbers: list[float | None]) -> bytes:
    content = io.BytesIO()
    parquet.write_table(pa.table({"id": list(range(len(numbers))), "price": numbers}), content)
    return content.getvalue()


def inline(numbers: list[float]) -> dict[str, Any]:
    """Of the very doubles, not of the decimals that Python writes for them."""
    payload = CALCULATION.load_payload({"operation": "describe", "numbers": [Decimal(number) for number in numbers]})
    result: dict[str, Any] = calculation(cast("JobContext", None), payload)
    return result


CONTENTS = {
    "lines": lines(NUMBERS),
    "csv": b"id,price\n" + b"".join(b"%d,%r\n" % (i, number) for i, number in enumerate(NUMBERS)),
    "jsonl": b"".join(json.dumps({"price": number}).encode() + b"\n" for number in NUMBERS),
    "parquet": in_parquet([*NUMBERS]),
}


@pytest.mark.parametrize("written", CONTENTS)
def test_every_format_gives_the_figures_that_numpy_has(run: Run, written: str) -> None:
    column = {} if written == "lines" else {"column": "price"}
    found = run(CONTENTS[written], format=written, percentiles=[0, 12.5, 99], **column)
    numbers = np.array(NUMBERS)
    deviations = numbers - numbers.mean()
    assert (found["count"], found["missing"]) == (len(NUMBERS), 0)
    assert found["sum"] == math.fsum(NUMBERS)
    assert (found["min"], found["max"]) == (min(NUMBERS), max(NUMBERS))
    assert found["variance"] == pytest.approx(numbers.var(ddof=1), rel=1e-13)
    assert found["median"] == pytest.approx(np.median(numbers), rel=1e-15)
    assert found["mad"] == np.median(np.abs(numbers - np.median(numbers)))
    assert list(found["percentiles"].values()) == pytest.approx(np.percentile(numbers, [0, 12.5, 99]), rel=1e-15)
    assert found["skewness"] == pytest.approx((deviations**3).mean() / (deviations**2).mean() ** 1.5, rel=1e-9)
    assert found["kurtosis"] == pytest.approx((deviations**4).mean() / (deviations**2).mean() ** 2 - 3, abs=1e-12)
    assert found["method"].startswith("streamed as doubles")


@pytest.mark.parametrize(
    "numbers",
    [
        [0.0],
        [1.5, 1.5],
        [-0.0, 0.0, -1e150, 1e150],
        [5e-324, -5e-324, 2.5],
        [1e16, 1.0, -1e16, 3.25],
        [0.1] * 10 + [0.2] * 5,
        [10_000_000.2, *[10_000_000.1, 10_000_000.3] * 500],
    ],
)
def test_a_file_has_the_figures_of_the_same_doubles_inline(run: Run, numbers: list[float]) -> None:
    found, expected = run(lines(numbers)), inline(numbers)
    for name in ("count", "sum", "average", "min", "max", "range", "median", "iqr", "percentiles"):
        assert found[name] == expected[name], name
    for name in ("variance", "stdev", "skewness", "kurtosis"):
        assert (name in found) == (name in expected)
        if name in expected:
            assert found[name] == pytest.approx(expected[name], rel=1e-14, abs=1e-14), name


def test_a_histogram_of_a_file_is_that_of_the_numbers(run: Run) -> None:
    found = run(CONTENTS["lines"], "histogram", bins=20)
    assert found["edges"] == pytest.approx(list(np.histogram_bin_edges(np.array(NUMBERS), 20)), rel=1e-15)
    assert found["counts"] == np.histogram(np.array(NUMBERS), found["edges"])[0].tolist()
    within = run(CONTENTS["lines"], "histogram", edges=[90, 100, 110])
    assert within["counts"] == np.histogram(np.array(NUMBERS), [90, 100, 110])[0].tolist()
    assert within["outside"] == len(NUMBERS) - sum(within["counts"])


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"id,price\n1,2\n2,\n3,4\n", {"format": "csv", "column": "price"}),
        (b'{"price": 2}\n{"price": null}\n\n{"price": 4}\n', {"format": "jsonl", "column": "price"}),
        (in_parquet([2.0, None, 4.0]), {"format": "parquet", "column": "price"}),
    ],
)
def test_empty_places_are_counted_and_left_out(run: Run, content: bytes, more: dict[str, str]) -> None:
    found = run(content, **more)
    assert (found["count"], found["missing"], found["average"]) == (2, 1, 3)


@pytest.mark.parametrize(
    ("content", "more", "reason"),
    [
        (b"1\n2\nx\n", {}, r"/fileId: .*invalid value 'x'"),
        (b"", {}, "/fileId: "),
        (b"\n\n", {}, "/fileId: "),
        (b"1\n1e400\n", {}, "/fileId: row 2 of the file is infinite"),
        (b"1\nnan\n", {}, "/fileId: row 2 of the file is infinite"),
        (b"a\n1\n", {"format": "csv", "column": "b"}, "/column: the file has no column 'b'"),
        (b"a\n1\n1,2\n", {"format": "csv", "column": "a"}, "/fileId: "),
        (b'{"a": 1}\n{"a": "2"}\n', {"format": "jsonl", "column": "a"}, "/fileId: 'a' of line 2 .* not a number"),
        (b'{"a": 1}\n[\n', {"format": "jsonl", "column": "a"}, "/fileId: line 2 of the file is not JSON"),
        (b'{"a": 1}\n[1]\n', {"format": "jsonl", "column": "a"}, "/fileId: line 2 of the file is not a JSON object"),
        (b'{"a": true}\n', {"format": "jsonl", "column": "a"}, "/fileId: 'a' of line 1"),
        (b'{"a": 1e400}\n', {"format": "jsonl", "column": "a"}, "/fileId: "),
        (b"not parquet", {"format": "parquet", "column": "a"}, "/fileId: "),
        (in_parquet([1.0]), {"format": "parquet", "column": "b"}, "/column: the file has no column 'b'"),
        (b"\xff\xfe\x00", {}, "/fileId: "),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    run: Run, content: bytes, more: dict[str, str], reason: str
) -> None:
    with pytest.raises(Reject, match=reason):
        run(content, **more)


def test_a_file_that_is_not_there_is_refused(files: FileStore) -> None:
    payload = {"operation": "describe", "fileId": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"}
    job = JobContext(id="1", type="calculation", attempt=1, files=files)
    with pytest.raises(Reject, match="/fileId: "):
        calculation(job, CALCULATION.load_payload(payload))


def test_too_many_numbers_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_NUMBERS", 2)
    with pytest.raises(Reject, match="more than 2 numbers"):
        run(b"1\n2\n3\n")


def test_progress_grows_from_the_first_chunk_to_the_last(run: Run) -> None:
    told: list[Any] = []
    run(CONTENTS["csv"], context={"emit": told.append}, format="csv", column="price")
    percents = [word["percent"] for word in told if "percent" in word]
    assert percents == sorted(percents)
    assert percents[0] <= 60 < percents[-1] <= 100


def test_a_cancelled_job_ends_at_the_next_chunk(run: Run) -> None:
    told: list[Any] = []
    assert run(CONTENTS["lines"], context={"emit": told.append, "is_cancelled": lambda: True}) == {}
    assert not told
