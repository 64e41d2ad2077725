"""DuckDB, fenced in: bounded memory, threads and disk, no file but the job's own, and errors in our words.

No text of a user ever becomes SQL. Their expressions become trees (`expressions`); names are quoted by `quote`.
"""

import re
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from worker_service.processors import JobContext, Reject

MiB = 1024 * 1024
MEMORY = 192 * MiB  # of 1 GiB that a child may have: DuckDB counts less than the kernel does
SHARE = 5  # of a smaller child, as large a part
THREADS = 2
SPILL = "8GiB"  # on disk, for what does not fit
LOOK_EVERY = 0.25  # seconds

T = TypeVar("T")


class Mismatch(Exception):
    """A value further down is not of the type that the first rows of its column had."""


MISMATCH = "dmps: not of the type that was found"


@dataclass(frozen=True, eq=False)
class Engine:
    """A database in memory that sees one directory and one file. It goes when it is closed."""

    connection: duckdb.DuckDBPyConnection
    directory: Path

    def run(self, job: JobContext, step: Callable[[], T], told: str) -> T:
        """Do what may take long: it tells its progress, and ends when the job is cancelled. Raises `Reject`."""
        with self._watched(job, told), reading(self.directory):
            return step()

    @contextmanager
    def _watched(self, job: JobContext, told: str) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(job, told, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _watch(self, job: JobContext, told: str, over: threading.Event) -> None:
        while not over.wait(LOOK_EVERY):
            if job.cancelled:
                self.connection.interrupt()
            elif (percent := self.connection.query_progress()) >= 0:
                job.progress(percent, told)


def connect(directory: Path, source: Path) -> Engine:
    """A database that may read that file, and read and write in that directory, whatever it is asked."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{_memory() // MiB}MiB",
            "threads": THREADS,
            "temp_directory": str(directory / "spill"),
            "max_temp_directory_size": SPILL,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute("SET allowed_directories = $1", [[str(directory)]])
    connection.execute("SET allowed_paths = $1", [[str(source)]])
    for setting in (
        "TimeZone = 'UTC'",
        "enable_progress_bar = true",
        "enable_progress_bar_print = false",
        "progress_bar_time = 0",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return Engine(connection, directory)


def quote(name: str) -> str:
    """A name as an identifier of SQL, whatever is in it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def has_room() -> bool:
    """Whether this child may have the memory that is usual, or more: Arrow takes some 200 MiB besides DuckDB's."""
    return _memory() == MEMORY


def _memory() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return MEMORY if limit == resource.RLIM_INFINITY else min(MEMORY, limit // SHARE)


@contextmanager
def reading(directory: Path) -> Iterator[None]:
    """Raises `Reject` in our words for what DuckDB says, `Mismatch` where a type was guessed wrongly."""
    try:
        yield
    except duckdb.Error as error:
        if MISMATCH in str(error):
            raise Mismatch from None
        raise Reject(_reason(error, directory)) from error


def _reason(error: duckdb.Error, directory: Path) -> str:
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"It takes more than {_memory() // MiB} MiB of memory and {SPILL} on disk."
    if isinstance(error, duckdb.InterruptException):
        return "The job was cancelled."
    text = re.sub(r"""(in |of )?file ['"][^'"]*['"]""", r"\1the file", str(error)).replace(str(directory), "")
    if found := re.search(r"CSV Error on Line: (\d+)", text):
        return f"Line {found[1]}: {_csv_reason(text)}"
    first = text.split("\n", 1)[0].split(". ", 1)[0].strip()
    return f"{re.sub(r'^[A-Za-z ]*Error: ', '', first)[:300].rstrip('.')}."


_CSV_REASONS = (
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "it should have {0} values, and has {1}."),
    (r"Value with unterminated quote", "a quote is not closed, or something follows one."),
    (r"Maximum line size", "it is longer than 2,000,000 bytes."),
    (r"Invalid unicode", "it is not UTF-8; say which `encoding` it is with readTable."),
)


def _csv_reason(text: str) -> str:
    for pattern, told in _CSV_REASONS:
        if found := re.search(pattern, text):
            return told.format(*found.groups())
    return "it cannot be read as CSV."


def is_number(kind: str) -> bool:
    """Whether a column of that type, as DuckDB names it, holds numbers."""
    return kind in {"DOUBLE", "FLOAT"} or kind.endswith(("INT", "INTEGER")) or kind.startswith("DECIMAL")
