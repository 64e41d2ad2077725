"""A file of records through the rules into another, chunk by chunk: memory does not grow with the number of records.

All that the loop knows is its `State`, so that an attempt could go on where another has stopped.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any

from shared.files import StoredFile
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.reading import opened
from worker_service.processors.data_enrichment.records import Unreadable
from worker_service.processors.data_enrichment.report import State
from worker_service.processors.data_enrichment.rule import Record, Rule, enriched
from worker_service.processors.data_enrichment.writing import WRITERS, Writer

CHUNK = 1_000  # records
PIECE = 1024 * 1024  # bytes that are saved at a time
LARGEST_OUTPUT = 64 * 1024**3  # bytes


def enrich_file(job: JobContext, asked: Mapping[str, Any], rules: Sequence[Rule]) -> dict[str, Any]:
    """The file that was written, the first failures, and the report. Raises `Reject`."""
    format = asked.get("output", "jsonl")
    with tempfile.TemporaryFile() as target:
        state = _run(job, asked, rules, WRITERS[format](target, rules))
        job.progress(100, "save the file")
        stored = _save(job, target)
    file = {
        "fileId": stored.file_id,
        "format": format,
        "bytes": stored.bytes,
        "sha256": stored.sha256,
        "records": state.written,
        "unreadable": state.read - state.written,
    }
    return {"file": file, "failures": state.failures, "report": state.report(rules)}


def _run(job: JobContext, asked: Mapping[str, Any], rules: Sequence[Rule], writer: Writer) -> State:
    state = State()
    with opened(job, asked["file_id"], asked.get("format"), "/file/fileId") as source:
        records = iter(source)
        while chunk := list(islice(records, CHUNK)):
            if job.cancelled:
                raise Reject(f"The job was stopped after {state.read:,} records.")
            _do_chunk(chunk, rules, writer, state)
            job.progress(min(99.0, 100 * source.fraction()), f"{state.read:,} records")
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


def _save(job: JobContext, target: IO[bytes]) -> StoredFile:
    target.seek(0)
    return asyncio.run(job.files.save_stream(_pieces(target), LARGEST_OUTPUT))


async def _pieces(target: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := target.read(PIECE):
        yield piece
