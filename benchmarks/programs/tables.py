"""Does one thing with a table, once: `python -m benchmarks.programs.tables PEER CASE DIRECTORY`.

The directory has `source.csv`, `source.parquet` and so on, and `small.*` of a few rows, with which the same was done
before: as in a child that has worked already, imports do not count. Prints a line of JSON: seconds, processor time,
peak of memory, rows that came out, and versions.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.programs.resizing import peak_memory

Do = Callable[[Path], int]  # with a file; answers how many rows there were


class Case(NamedTuple):
    """What is done: from which format, by which steps of ours, and by pandas."""

    source: str
    steps: Sequence[Mapping[str, Any]]
    target: str
    pandas: Callable[[Any, Any], Any]  # of the module and the frame; answers the frame, or what has as many rows


def _same(_: Any, frame: Any) -> Any:  # noqa: ANN401 - pandas'
    return frame


def _aggregated(_: Any, frame: Any) -> Any:  # noqa: ANN401 - pandas'
    return frame.groupby("day", as_index=False).agg(mean=("price", "mean"), most=("price", "max"), rows=("id", "count"))


def _profiled(pd: Any, frame: Any) -> Any:  # noqa: ANN401 - pandas'
    """What our profile tells, column by column."""
    for name in frame:
        column = frame[name]
        _ = column.isna().sum(), column.nunique(), column.value_counts().head(10), column.min(), column.max()
        if pd.api.types.is_numeric_dtype(column):
            _ = column.mean(), column.std(), column.quantile([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    return frame


_FIGURES = [
    {"function": "mean", "column": "price"},
    {"function": "max", "column": "price"},
    {"function": "count", "column": "id"},
]
_SORT = [{"operation": "sort", "by": [{"column": "price"}]}]
_ALIKE = [{"operation": "deduplicate", "columns": ["price"]}]
_GROUPS = [{"operation": "aggregate", "by": ["day"], "values": _FIGURES}]

CASES: Mapping[str, Case] = {
    "CSV to Parquet": Case("csv", [], "parquet", _same),
    "Parquet to CSV": Case("parquet", [], "csv", _same),
    "JSON Lines to Parquet": Case("jsonl", [], "parquet", _same),
    "CSV, sorted, to Parquet": Case(
        "csv", _SORT, "parquet", lambda _, frame: frame.sort_values("price", kind="stable")
    ),
    "CSV, 28 groups": Case("csv", _GROUPS, "csv", _aggregated),
    "CSV, deduplicated, to Parquet": Case("csv", _ALIKE, "parquet", lambda _, frame: frame.drop_duplicates(["price"])),
    "Parquet, profiled": Case("parquet", [{"operation": "profile", "top": 10}], "", _profiled),
    "CSV to XLSX": Case("few.csv", [], "xlsx", _same),
    "XLSX to CSV": Case("xlsx", [], "csv", _same),
}


def ours(case: Case, directory: Path) -> Do:
    """A whole job, but for the way through the store: the file is found, hashed, kept and synced."""
    from shared.files import FileStore, sniff  # noqa: PLC0415 - a peer's memory is its own
    from shared.job_types.file_processing import FILE_PROCESSING  # noqa: PLC0415
    from worker_service.processors import JobContext  # noqa: PLC0415
    from worker_service.processors.file_processing import file_processing  # noqa: PLC0415

    files = FileStore((directory / "files").as_uri())
    steps = [*case.steps, *([{"operation": "writeTable", "format": case.target}] if case.target else [])]

    def do(file: Path) -> int:
        with file.open("rb") as content:
            media_type = sniff(content.read(4096))
        stored = files.save(file, media_type)
        payload = FILE_PROCESSING.load_payload({"fileId": stored.file_id, "operations": steps})
        job = JobContext(id="1", type="file-processing", attempt=1, files=files)
        began = time.perf_counter(), time.process_time()
        result = file_processing(job, payload)
        _tell(*began)
        rows: int = (result["outputs"] or result["reports"])[0]["rows"]
        return rows

    return do


def with_pandas(case: Case, directory: Path) -> Do:
    """As its documentation has it."""
    import pandas as pd  # noqa: PLC0415 - a peer's memory is its own

    read: Mapping[str, Callable[[Path], Any]] = {
        "csv": lambda path: pd.read_csv(path, parse_dates=["day"]),
        "parquet": pd.read_parquet,
        "jsonl": lambda path: pd.read_json(path, lines=True),
        "xlsx": lambda path: pd.read_excel(path, engine="calamine"),
    }
    write: Mapping[str, Callable[[Any, Path], None]] = {
        "csv": lambda frame, path: frame.to_csv(path, index=False),
        "parquet": lambda frame, path: frame.to_parquet(path),
        "xlsx": lambda frame, path: frame.to_excel(path, index=False, engine="xlsxwriter"),
        "": lambda _, __: None,
    }

    def do(file: Path) -> int:
        began = time.perf_counter(), time.process_time()
        frame = case.pandas(pd, read[file.suffix[1:]](file))
        write[case.target](frame, directory / f"pandas.{case.target}")
        _tell(*began)
        return len(frame)

    return do


PEERS: Mapping[str, tuple[Callable[[Case, Path], Do], Sequence[str]]] = {
    "dmps": (ours, ("duckdb", "pyarrow", "xlsxwriter", "python-calamine")),
    "pandas": (with_pandas, ("pandas", "numpy")),
}
_told: dict[str, float] = {}


def _tell(began: float, used: float) -> None:
    _told.update(seconds=time.perf_counter() - began, processor=time.process_time() - used)


def main(peer: str, name: str, directory: str) -> None:
    """Once with a small file, then with the one that counts."""
    make, packages = PEERS[peer]
    case, here = CASES[name], Path(directory)
    do = make(case, here)
    do(here / f"small.{case.source}")
    rows = do(here / f"source.{case.source}")
    versions = {package: version(package) for package in packages}
    told = {**_told, "peak": peak_memory(), "rows": rows, "versions": versions}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
