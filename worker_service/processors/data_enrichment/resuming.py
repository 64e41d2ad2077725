"""From where the enrichment of a file goes on: what was written by then stands in files, all else in the checkpoint."""

from collections.abc import Callable

import msgspec

from shared.errors import FileNotFound
from worker_service.processors import JobContext
from worker_service.processors.data_enrichment.report import State
from worker_service.processors.data_enrichment.writing import Target, Writer
from worker_service.processors.saving import emptied
from worker_service.processors.trail import Trail

Make = Callable[[list[str] | None], Writer]  # a writer for files with such fields; None: as they come


class Mark(msgspec.Struct):
    """How far it is."""

    position: int = 0  # in the source, as that counts
    fields: list[str] | None = None  # of the records, where the first thousand decide
    layout: str = ""  # of the columns: after a deploy, the same rules may add others
    state: State = msgspec.field(default_factory=State)


def begun(job: JobContext, target: Target, make: Make) -> tuple[Trail[Mark], Writer]:
    """The trail that the job goes on from, and a writer that has written all until there."""
    trail = Trail(job, Mark)
    writer = make(trail.at.fields)
    if writer.layout != trail.at.layout:
        trail.begin_anew("its rules add other members by now")
        return trail, make(None)
    try:
        for content in trail.written():
            writer.restore(content)
    except FileNotFound:
        trail.begin_anew("what was written is gone")
        emptied(target.whole)
        return trail, make(None)
    if trail.goes_on:
        job.log(f"Goes on after {trail.at.state.read:,} records.")
    return trail, writer
