"""From where the enrichment of a file goes on: what was written by then stands in files, all else in the checkpoint."""

from collections.abc import Callable
from typing import Any

import msgspec

from shared.errors import FileNotFound
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment.report import State
from worker_service.processors.data_enrichment.saving import emptied, save
from worker_service.processors.data_enrichment.writing import Target, Writer
from worker_service.processors.rhythm import Rhythm

Make = Callable[[list[str] | None], Writer]  # a writer for files with such fields; None: as they come


class Mark(msgspec.Struct):
    """How far it is. It fits into JSON."""

    position: int = 0  # in the source, as that counts
    fields: list[str] | None = None  # of the records, where the first thousand decide
    parts: list[str] = []  # the files of what was written
    seconds: float = 0.0  # of work
    state: State = msgspec.field(default_factory=State)


def begun(job: JobContext, target: Target, make: Make) -> tuple[Mark, Writer]:
    """The mark that the job goes on from, and a writer that has written all until there."""
    mark = _mark(job.state)
    try:
        writer = make(mark.fields)
        for part in mark.parts:
            with job.files.open(part) as content:
                writer.restore(content)
    except FileNotFound:
        job.log("What was written is gone: the job begins anew.")
        emptied(target.whole)
        return Mark(), make(None)
    if mark.position:
        job.log(f"Goes on after {mark.state.read:,} records.")
    return mark, writer


class Marking:
    """Makes the checkpoints of a job that goes on from a mark."""

    def __init__(self, job: JobContext, mark: Mark, writer: Writer) -> None:
        self._job, self._mark, self._writer = job, mark, writer
        self._rhythm = Rhythm(job.configured, mark.seconds)
        self._is_possible = True

    def reached(self, position: int) -> None:
        """So much of the source is done, and written."""
        if not self._is_possible or not self._rhythm.is_due():
            return
        mark, part = self._mark, save(self._job, self._writer.part()).file_id
        mark.position, mark.fields, mark.seconds = position, self._writer.fields, self._rhythm.seconds
        try:
            self._job.checkpoint(msgspec.to_builtins(mark) | {"parts": [*mark.parts, part]}, [*mark.parts, part])
        except ValueError as error:  # a thousand long names of columns
            self._job.files.remove(part)
            self._job.log(f"No more checkpoints: {error}")
            self._is_possible = False
        else:
            mark.parts.append(part)


def _mark(state: Any) -> Mark:  # noqa: ANN401 - what JSON can hold
    """Of a checkpoint. One of another version of this program may be none."""
    try:
        return Mark() if state is None else msgspec.convert(state, Mark)
    except msgspec.ValidationError:
        return Mark()
