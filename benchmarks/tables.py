"""Tables against pandas: `python -m benchmarks.tables`, a part of `make bench-processors`."""

import json
import random
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.bench import Bench
from benchmarks.figures import OURS, Measure, Sample
from benchmarks.parts import Part
from benchmarks.processes import BenchFailed, run
from benchmarks.processors import main
from benchmarks.programs.tables import CASES, ours

PANDAS = "pandas"
ROWS, FEW, SMALL = 1_000_000, 50_000, 10
TIME = Measure("time", "s", "less")
PROCESSOR_TIME = Measure("processor time", "s", "less")
PEAK = Measure("peak memory of the process", "MiB", "less")


def measure(bench: Bench) -> Iterator[Sample]:
    """Round after round, case after case, ours and pandas in turn. Raises `BenchFailed`."""
    peers = [OURS, *([PANDAS] if find_spec(PANDAS) else [])]
    if PANDAS not in peers:
        bench.not_run[PANDAS] = "it is not installed"
    with TemporaryDirectory() as directory:
        _make_all(Path(directory))
        for number in range(bench.rounds):
            for name in CASES:
                bench.say(f"round {number + 1} of {bench.rounds}: {name}")
                yield from _measured(bench, name, peers, directory)


def _measured(bench: Bench, name: str, peers: list[str], directory: str) -> Iterator[Sample]:
    rows: dict[str, int] = {}
    for peer in peers:
        command = [sys.executable, "-m", "benchmarks.programs.tables", peer, name, directory]
        told = json.loads(run(command, {}))
        rows[peer] = told["rows"]
        bench.versions.update(told["versions"])
        yield Sample(TIME, peer, told["seconds"], name)
        yield Sample(PROCESSOR_TIME, peer, told["processor"], name)
        yield Sample(PEAK, peer, told["peak"], name)
    if len(set(rows.values())) > 1:
        raise BenchFailed(f"{name}: the peers made different tables: {rows}")


def _make_all(directory: Path) -> None:
    """The sources in all formats; DuckDB writes those that are not CSV, our own job the XLSX."""
    make(directory / "source.csv", ROWS)
    make(directory / "small.csv", SMALL)
    make(directory / "source.few.csv", FEW)
    make(directory / "small.few.csv", SMALL)
    with duckdb.connect() as connection:
        for name in ("source", "small"):
            table = connection.read_csv(str(directory / f"{name}.csv"))
            table.write_parquet(str(directory / f"{name}.parquet"))
            connection.execute(f"COPY (FROM '{directory / name}.parquet') TO '{directory / name}.jsonl' (FORMAT json)")
    for name in ("source", "small"):
        _make_xlsx(directory, name)


def _make_xlsx(directory: Path, name: str) -> None:
    ours(CASES["CSV to XLSX"], directory)(directory / f"{name}.few.csv")
    newest = max((directory / "files").rglob("content/*"), key=lambda path: path.stat().st_mtime_ns)
    (directory / f"{name}.xlsx").write_bytes(newest.read_bytes())


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


TABLES = Part(
    "tables",
    "Tables",
    f"A file of {ROWS:,} rows and six columns (CSV of 76 MB; XLSX: {FEW:,} rows), by our processor as a whole job,"
    " which finds the types of CSV in all rows, and hashes, keeps and syncs the file; and by pandas as its"
    " documentation has it. Each in a process of its own that did the same with ten rows before, so imports do not"
    " count.",
    measure,
)

if __name__ == "__main__":
    sys.exit(main(["tables", *sys.argv[1:]]))
