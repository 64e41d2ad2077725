"""How a long job that writes as it goes makes its checkpoints, and goes on from the last one."""

from collections.abc import Callable, Iterator
from io import BufferedReader
from itertools import chain
from typing import Any, Generic, TypeVar

import msgspec

from shared.errors import StoreUnavailable
from worker_service.processors import JobContext
from worker_service.processors.rhythm import Rhythm
from worker_service.processors.saving import save

At = TypeVar("At", bound=msgspec.Struct)


class _Checkpoint(msgspec.Struct):
    at: Any
    parts: list[str]
    seconds: float
    of: str = ""


class Trail(Generic[At]):
    """`at` is how far the job was at its last checkpoint; what it had written by then stands in files, its parts.

    `kind` makes what stands there before the first; it has to fit into JSON, with numbers that are finite. `of` says
    what the job works on, as by its SHA-256, where that may be another thing at the next attempt.
    """

    def __init__(self, job: JobContext, kind: type[At], of: str = "") -> None:
        self._job = job
        self._kind = kind
        self._of = of
        self._is_possible = True
        found = _read(job.state, kind, of)
        self.goes_on = found is not None
        self.at, self._parts, seconds = found or (kind(), [], 0.0)
        self._rhythm = Rhythm(job.configured, seconds)

    def written(self) -> Iterator[BufferedReader]:
        """What was written, part by part. Raises `FileNotFound` if one is gone: then the job can only begin anew."""
        for part in self._parts:
            with self._job.files.open(part) as content:
                yield content

    def begin_anew(self, why: str) -> None:
        """What was written is of no use."""
        self._job.log(f"The job begins anew: {why}.")
        self.at, self._parts, self.goes_on = self._kind(), [], False

    def reached(self, at: At, written: Callable[[], Iterator[bytes]]) -> None:
        """The job is so far. If it is time for a checkpoint, `written` is asked what came since the last, in pieces."""
        if not self._is_possible or not self._rhythm.is_due():
            return
        added: list[str] = []
        try:
            added = self._save(written())
            parts = [*self._parts, *added]
            self._job.checkpoint(_Checkpoint(at, parts, self._rhythm.seconds, self._of), parts)
        except (ValueError, StoreUnavailable) as error:  # the last one still holds; the job itself may yet end well
            self._stop(added, error)
        else:
            self._parts = parts
            self._rhythm.made()

    def _stop(self, added: list[str], error: Exception) -> None:
        self._job.log(f"No more checkpoints: {error}")
        self._is_possible = False
        for part in added:
            self._job.files.remove(part)

    def _save(self, pieces: Iterator[bytes]) -> list[str]:
        first = next(pieces, None)
        return [] if first is None else [save(self._job, chain([first], pieces), is_part=True).file_id]


def _read(state: Any, kind: type[At], of: str) -> tuple[At, list[str], float] | None:  # noqa: ANN401 - any JSON value
    """Of a checkpoint. One that another version of this program has made, or of another thing, may be none."""
    try:
        found = msgspec.convert(state, _Checkpoint)
        return (msgspec.convert(found.at, kind), found.parts, found.seconds) if found.of == of else None
    except msgspec.ValidationError:
        return None
