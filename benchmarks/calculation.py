"""Operations of `calculation`: `python -m benchmarks.calculation`, a part of `make bench-processors`.

Each operation runs in this process, with its payload loaded and its result written, as a child does it. A file is read
in a process of its own, whose peak memory is told, less that with a file of one number.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from benchmarks.bench import Bench
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.processors import main
from shared.codec import decode, encode
from shared.files import FileStore
from shared.job_types.calculation import CALCULATION
from worker_service.processors import JobContext
from worker_service.processors.calculation import calculation

COUNT = 10_000_000
SECONDS = 1.0  # of each operation, at least
LEAST = 3  # runs
FORMATS = ("lines", "csv", "parquet")
PACE = Measure("operations a second", "1/s", "neither")
TIME = Measure("to describe a file", "s", "neither")
PEAK = Measure("peak memory above one number", "MiB", "neither")


def payloads() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is measured: small jobs and large ones, the same in every run."""
    yield "complex, 5 numbers", {"operation": "complex", "numbers": [1, 2, 3, 4, 5]}
    chance = random.Random(1)  # noqa: S311 - no secret
    yield from _of_lists(chance)
    yield from _of_matrices(chance)
    yield "factors of two 40-bit primes", {"operation": "factors", "integer": 999_999_999_989 * 999_999_999_961}
    formula = {"expression": "(a + b) * sqrt(c) / 2 - 1", "variables": {"a": 1, "b": 2.5, "c": 2}}
    yield "expression, 5 operators", {"operation": "expression", **formula}


def _of_lists(chance: random.Random) -> Iterator[tuple[str, Mapping[str, Any]]]:
    many, more = some(chance, 10_000), some(chance, 10_000)
    yield "describe, 10,000", {"operation": "describe", "numbers": many}
    yield "histogram, 10,000", {"operation": "histogram", "numbers": many}
    yield "window median of 100, 10,000", {"operation": "window", "numbers": many, "size": 100, "statistic": "median"}
    yield "Kendall, 2 x 10,000", {"operation": "correlation", "series": [many, more], "method": "kendall"}
    variables = [some(chance, 10_000) for _ in range(5)]
    yield "regression, 10,000 x 5", {"operation": "regression", "y": many, "x": variables}
    few = {"y": some(chance, 100), "x": some(chance, 100)}
    yield "polynomial of degree 10, 100", {"operation": "polynomial-regression", **few, "degree": 10}
    yield "fft, 10,000", {"operation": "fft", "real": many}
    points = {"x": list(range(1_000)), "y": some(chance, 1_000), "at": [place / 11 for place in range(10_000)]}
    yield "cubic spline, 1,000 at 10,000", {"operation": "interpolation", **points, "method": "cubic"}


def _of_matrices(chance: random.Random) -> Iterator[tuple[str, Mapping[str, Any]]]:
    small, large = ([some(chance, size) for _ in range(size)] for size in (20, 200))
    yield "solve, 20 x 20", {"operation": "solve", "matrix": small, "right": some(chance, 20)}
    yield "solve, 200 x 200", {"operation": "solve", "matrix": large, "right": some(chance, 200)}
    yield "svd, 200 x 200", {"operation": "svd", "matrix": large}


def some(chance: random.Random, count: int) -> list[float]:
    """So many numbers, as if measured."""
    return [round(chance.gauss(100, 15), 3) for _ in range(count)]


def pace(payload: Mapping[str, Any]) -> float:
    """How many a second."""
    text = encode(payload)
    calculate(text)  # imports
    began, runs = time.perf_counter(), 0
    while runs < LEAST or time.perf_counter() - began < SECONDS:
        calculate(text)
        runs += 1
    return runs / (time.perf_counter() - began)


def calculate(text: bytes) -> None:
    """One job, from JSON to JSON."""
    encode(calculation(cast("JobContext", None), CALCULATION.load_payload(decode(text))))


def save(files: FileStore, count: int, written: str) -> str:
    """A file of so many numbers, made in chunks."""
    chance = random.Random(1)  # noqa: S311 - no secret
    numbers = [round(chance.gauss(100, 15), 3) for _ in range(count)]
    if written == "parquet":
        import pyarrow as pa  # noqa: PLC0415 - the measured process should not have it
        from pyarrow import parquet  # noqa: PLC0415 - same

        content = pa.BufferOutputStream()
        parquet.write_table(pa.table({"price": numbers}), content)
        return files.save(content.getvalue().to_pybytes(), "application/octet-stream").file_id
    head = "price\n" if written == "csv" else ""
    return files.save((head + "\n".join(map(repr, numbers))).encode(), "text/plain").file_id


def measured(directory: str, file_id: str, written: str) -> dict[str, Any]:
    """Describe a file in a process of its own."""
    command = (sys.executable, "-m", "benchmarks.calculation", "describe", directory, file_id, written)
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def describe(directory: str, file_id: str, written: str) -> None:
    """What that process does: print seconds and peak memory (of Linux; getrusage(2) would tell its parent's)."""
    job = JobContext(id="1", type="calculation", attempt=1, files=FileStore(Path(directory).as_uri()))
    column = {} if written == "lines" else {"column": "price"}
    payload = {"operation": "describe", "fileId": file_id, "format": written, **column}
    began = time.perf_counter()
    result = calculation(job, CALCULATION.load_payload(payload))
    took = time.perf_counter() - began
    peak = int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024  # type: ignore[index]
    sys.stdout.write(json.dumps({"numbers": result["count"], "seconds": round(took, 2), "peak (MB)": round(peak)}))


def from_files(count: int) -> Iterator[dict[str, Any]]:
    """The figures of each format."""
    for written in FORMATS:
        with tempfile.TemporaryDirectory() as directory:
            files = FileStore(Path(directory).as_uri())
            idle = measured(directory, save(files, 1, written), written)["peak (MB)"]
            row = measured(directory, save(files, count, written), written)
            yield {"format": written, **row, "above one number (MB)": row["peak (MB)"] - idle}


def samples(bench: Bench) -> Iterator[Sample]:
    """Ours alone, once."""
    for name, payload in payloads():
        bench.say(name)
        yield Sample(PACE, OURS, pace(payload), name)
    bench.say(f"files of {COUNT:,} numbers")
    for row in from_files(COUNT):
        yield Sample(TIME, OURS, row["seconds"], row["format"])
        yield Sample(PEAK, OURS, row["above one number (MB)"], row["format"])


CALCULATION_PART = Part(
    "calculation",
    "Calculation",
    "Each operation again and again for a second, from JSON to JSON, without the API and the store; and files of"
    f" {COUNT:,} numbers, each described by a process of its own.",
    samples,
)

if __name__ == "__main__":
    if sys.argv[1:2] == ["describe"]:
        describe(*sys.argv[2:])
    else:
        sys.exit(main(["calculation", *sys.argv[1:]]))
