"""A file's numbers as doubles in a temporary file: read once, walked through as often as it takes."""

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.reading import CHUNK, Source, chunks
from worker_service.processors.calculation.sums import exact_sum

MAX_NUMBERS = 50_000_000  # 400 MB in the temporary file
READING = 60.0  # per cent of the work, about

Doubles = NDArray[np.float64]


class Stopped(Exception):
    """The job was cancelled."""


class Tally(Struct):
    """What is known once all was read: the whole state of that pass, small and plain."""

    count: int = 0
    missing: int = 0
    total: int = 0  # as `sums.exact_sum` has it
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, numbers: Doubles, missing: int) -> None:
        """Some more numbers."""
        self.count += len(numbers)
        self.missing += missing
        if len(numbers):
            self.total += exact_sum(numbers)
            self.low = min(self.low, float(numbers.min()))
            self.high = max(self.high, float(numbers.max()))


class Spool:
    """The numbers; `passes` walks through them. Used as a context: the temporary file ends with it."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        self._walks = 0
        self.tally = Tally()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def fill(self, source: Source, size: int) -> None:
        """Read a file of so many bytes. Raises `Reject` if it has no number, or too many."""
        for chunk in chunks(source):
            self._file.write(chunk.numbers.tobytes())
            self.tally.add(chunk.numbers, chunk.missing)
            if self.tally.count > MAX_NUMBERS:
                raise Reject(f"/fileId: the file has more than {MAX_NUMBERS:,} numbers.")
            self._go_on(READING * min(1.0, source.content.tell() / max(1, size)), "read")
        if not self.tally.count:
            raise Reject("/fileId: the file has no number.")

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

    def _go_on(self, percent: float, message: str) -> None:
        if self._job.cancelled:
            raise Stopped
        self._job.progress(percent, message)
