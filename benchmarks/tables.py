"""CSV to Parquet, by a `file-processing` job's own code against pandas: `python -m benchmarks.tables [ROWS]`.

Each runs in a process of its own, so that what one leaves in memory helps nobody. Figures are seconds, with all that a
job does: finding the types, writing, keeping the file. Writes `benchmarks/results/processors/DATE-COMMIT-tables.json`.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from statistics import median

from benchmarks.machine import commit, machine
from shared.files import FileStore
from shared.job_types.file_processing import FILE_PROCESSING
from worker_service.processors import JobContext
from worker_service.processors.file_processing import file_processing

ROWS = 3_000_000
ROUNDS = 5
RESULTS = Path(__file__).parent / "results" / "processors"


def main() -> None:
    """Run the rounds, print the figures and write them down."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as directory:
        source = make(Path(directory) / "source.csv", rows)
        size = source.stat().st_size
        seconds = {name: [timed(name, source) for _ in range(ROUNDS)] for name in WAYS}
    medians = {name: median(figures) for name, figures in seconds.items()}
    found = {
        "commit": commit(),
        "machine": dict(machine()),
        "rows": rows,
        "bytes": size,
        "seconds": seconds,
        "times faster than pandas": round(medians["pandas"] / medians["dmps"], 2),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-{commit()}-tables.json"
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))  # noqa: T201 - a program


def make(path: Path, rows: int) -> Path:
    """Whole numbers, other numbers, dates, a few and many different texts; some nulls."""
    chance = random.Random(7)  # noqa: S311 - no secret
    with path.open("w") as file:
        file.write("id,price,day,country,name,note\n")
        for number in range(rows):
            price = f"{chance.random() * 1000:.2f}" if number % 20 else ""
            file.write(
                f'{number},{price},2024-01-{number % 28 + 1:02},DE,name {chance.random()},"some ""quoted"", text"\n'
            )
    return path


def timed(name: str, source: Path) -> float:
    """Seconds of one run, without the start of its process and its imports."""
    command = [sys.executable, "-c", f"from benchmarks.tables import WAYS; WAYS[{name!r}]({str(source)!r})"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return float(done.stdout)


def ours(source: str) -> None:
    """A whole job, but for the way through the store."""
    with tempfile.TemporaryDirectory() as directory:
        files = FileStore(Path(directory).as_uri())
        stored = files.save(Path(source), "text/csv")
        asked = {"fileId": stored.file_id, "operations": [{"operation": "writeTable", "format": "parquet"}]}
        payload = FILE_PROCESSING.load_payload(asked)
        began = time.perf_counter()
        file_processing(JobContext(id="1", type="file-processing", attempt=1, files=files), payload)
        print(time.perf_counter() - began)  # noqa: T201 - read by `timed`


def with_pandas(source: str) -> None:
    """As its documentation has it."""
    pd = import_module("pandas")  # the peer, which is no dependency of ours
    with tempfile.TemporaryDirectory() as directory:
        began = time.perf_counter()
        pd.read_csv(source, parse_dates=["day"]).to_parquet(Path(directory) / "out.parquet")
        print(time.perf_counter() - began)  # noqa: T201 - read by `timed`


WAYS: Mapping[str, Callable[[str], None]] = {"dmps": ours, "pandas": with_pandas}

if __name__ == "__main__":
    main()
