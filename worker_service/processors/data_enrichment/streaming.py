"""A file of records through the rules into another, chunk by chunk: memory does not grow with the number of records.

All that the loop knows is its `Mark`, from which another attempt goes on. The file that it writes is the same to the
byte then, since whatever is written depends on the records and on the chunks alone, which the mark stands between.
"""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import Any

from msgspec.structs import replace

from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.reading import opened
from worker_service.processors.data_enrichment.records import Unreadable
from worker_service.processors.data_enrichment.report import State
from worker_service.processors.data_enrichment.resuming import Mark, begun
from worker_service.processors.data_enrichment.rule import Record, Rule, enriched
from worker_service.processors.data_enrichment.writing import WRITERS, Target, Writer
from worker_service.processors.saving import pieces_of, save
from worker_service.sources import is_from_elsewhere

CHUNK = 1_000  # records


def enrich_file(job: JobContext, asked: Mapping[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """The file that was written, the first failures, and the report. Raises `Reject`."""
    format = asked.get("output", "jsonl")
    with tempfile.TemporaryFile() as whole, tempfile.TemporaryFile() as spare, ExitStack() as closing:
        state = _run(job, asked, rules, Target(whole, spare, closing))
        job.progress(99, "save the file")
        stored = save(job, pieces_of(whole))
    unreadable = state.read - state.written
    job.log(f"{state.written:,} records written; {unreadable:,} could not be read.")
    file = {
        "fileId": stored.file_id,
        "format": format,
        "bytes": stored.bytes,
        "sha256": stored.sha256,
        "records": state.written,
        "unreadable": unreadable,
    }
    return {"file": file, "failures": state.failures, "report": state.report(rules)}


def _run(job: JobContext, asked: Mapping[str, Any], rules: Sequence[Rule], target: Target) -> State:
    if is_from_elsewhere(asked):  # what was done is done to another file, for all we know
        job = replace(job, state=None)
    trail, writer = begun(job, target, partial(WRITERS[asked.get("output", "jsonl")], target, rules))
    state = trail.at.state
    with opened(job, asked, "/file", trail.at.position) as source:
        records = iter(source)
        while chunk := list(islice(records, CHUNK)):
            if job.cancelled:
                raise Reject(f"The job was stopped after {state.read:,} records.")
            _do_chunk(chunk, rules, writer, state)
            job.progress(min(99.0, 100 * source.fraction()), f"{state.read:,} records")
            trail.reached(Mark(source.position(), writer.fields, writer.layout, state), writer.part)
    writer.close()
    return state


def _do_chunk(chunk: Sequence[Record | Unreadable], rules: Sequence[Rule], writer: Writer, state: State) -> None:
    done: list[dict[str, Any]] = []
    for record in chunk:
        if isinstance(record, Unreadable):
            state.count_unreadable(record.message)
        else:
            done.append(enriched(record, rules))
            state.count(done[-1])
    if done:
        writer.write(done)
