"""A file's numbers as doubles in a temporary file: read once, walked through as often as it takes."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from shutil import copyfileobj
from types import TracebackType
from typing import Any, Self

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from shared.errors import FileNotFound
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.reading import CHUNK, Source, chunks
from worker_service.processors.calculation.sums import exact_sum
from worker_service.processors.saving import emptied, pieces_of
from worker_service.processors.trail import Trail

MAX_NUMBERS = 50_000_000  # 400 MB in the temporary file
READING = 60.0  # per cent of the work, about
LARGEST = sys.float_info.max  # JSON has no infinity

Doubles = NDArray[np.float64]


class Stopped(Exception):
    """The job was cancelled."""


class Tally(Struct):
    """What is known once all was read: the whole state of that pass, small and plain."""

    count: int = 0
    missing: int = 0
    total: int = 0  # as `sums.exact_sum` has it
    low: float = LARGEST
    high: float = -LARGEST

    def add(self, numbers: Doubles, missing: int) -> None:
        """Some more numbers."""
        self.count += len(numbers)
        self.missing += missing
        if len(numbers):
            self.total += exact_sum(numbers)
            self.low = min(self.low, float(numbers.min()))
            self.high = max(self.high, float(numbers.max()))


class Mark(Struct):
    """How far the job is."""

    rows: int = 0  # of the file, that were read
    is_read: bool = False  # all of them
    tally: Tally = field(default_factory=Tally)
    found: dict[str, Any] = {}  # what came of the steps that are done, by their names


class Spool:
    """The numbers of a file of that SHA-256; `walk` goes through them. A context: its temporary file ends with it."""

    def __init__(self, job: JobContext, sha256: str) -> None:
        self._job = job
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        self._walks = 0
        self._parted = 0  # bytes of the file that stand in parts
        self._trail = Trail(job, Mark, of=sha256)
        self._mark = self._trail.at

    @property
    def tally(self) -> Tally:
        """Of what was read."""
        return self._mark.tally

    def __enter__(self) -> Self:
        self._restore()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def fill(self, source: Source, size: int) -> None:
        """Read a file of so many bytes, or what is left of it. Raises `Reject` if it has no number, or too many."""
        mark = self._mark
        for chunk in () if mark.is_read else chunks(source, mark.rows):
            self._file.write(chunk.numbers.tobytes())
            mark.tally.add(chunk.numbers, chunk.missing)
            mark.rows = chunk.rows
            if self.tally.count > MAX_NUMBERS:
                raise Reject(f"{source.place}: the file has more than {MAX_NUMBERS:,} numbers.")
            self._go_on(READING * min(1.0, source.content.tell() / max(1, size)), "read")
            self._trail.reached(mark, self._part)
        mark.is_read = True
        if not self.tally.count:
            raise Reject(f"{source.place}: the file has no number.")
        self._job.log(f"{self.tally.count:,} numbers read; {self.tally.missing:,} places had none.")

    def step(self, name: str, compute: Callable[[], Any]) -> Any:  # noqa: ANN401 - what JSON can hold
        """What comes of a step: JSON, kept for the next attempt if there is one."""
        found = self._mark.found
        if name not in found:
            found[name] = compute()
            self._trail.reached(self._mark, self._part)
        return found[name]

    def walk(self) -> Iterator[Doubles]:
        """All numbers, some at a time, in their order."""
        self._walks += 1
        self._file.seek(0)
        done = 0
        while content := self._file.read(8 * CHUNK):
            numbers = np.frombuffer(content)
            done += len(numbers)
            yield numbers
            remaining = (100 - READING) * (1 - 0.7 ** (self._walks - 1 + done / self.tally.count))
            self._go_on(READING + remaining, f"pass {self._walks + 1}")

    def _restore(self) -> None:
        try:
            for content in self._trail.written():
                copyfileobj(content, self._file)
        except FileNotFound:
            self._trail.begin_anew("what was read is gone")
            self._mark = self._trail.at
            emptied(self._file)
        self._parted = self._file.tell()
        if self._trail.goes_on:
            self._job.log(
                f"Goes on after {self._mark.rows:,} rows, and {len(self._mark.found)} of the steps behind them."
            )

    def _part(self) -> Iterator[bytes]:
        """The numbers that no part has yet. The file stands at its end then, as while it is filled."""
        yield from pieces_of(self._file, self._parted)
        self._parted = self._file.tell()

    def _go_on(self, percent: float, message: str) -> None:
        if self._job.cancelled:
            raise Stopped
        self._job.progress(percent, message)
