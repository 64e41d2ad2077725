"""`file-processing`: a pipeline of operations on one file. Plain `def`: it computes, so it runs in a child process.

The picture is written after the last operation, so an attempt that fails or is stopped half way leaves no file.
"""

from collections.abc import Sequence
from typing import Any

from shared.errors import FileNotFound
from shared.files import StoredFile
from shared.job_types.file_processing import FILE_PROCESSING
from worker_service.processors import JobContext, Reject, processes
from worker_service.processors.file_processing.operations import OPERATIONS, Parameters, Report, Work
from worker_service.processors.file_processing.picture import Picture
from worker_service.processors.file_processing.source import Source


@processes(FILE_PROCESSING)
def file_processing(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The files that were written, and what was reported. Raises `Reject` for a file or a step that cannot be."""
    stored = _find(job, payload["file_id"])
    with job.files.open(stored.file_id) as content:
        picture, reports = _run(job, Work(Source(stored, content)), payload["operations"])
        if picture is None or job.cancelled:
            return {"outputs": [], "reports": reports}
        job.progress(100 * len(payload["operations"]) / (len(payload["operations"]) + 1), "write the picture")
        return {"outputs": [_save(job, picture)], "reports": reports}


def _find(job: JobContext, file_id: str) -> StoredFile:
    try:
        return job.files.info(file_id)
    except FileNotFound as error:
        raise Reject(f"{error} Upload it with POST /api/files first.") from error


def _run(job: JobContext, work: Work, operations: Sequence[Parameters]) -> tuple[Picture | None, list[Report]]:
    """The picture that the operations leave, None if they leave the file as it is, and their reports."""
    reports: list[Report] = []
    for index, asked in enumerate(operations):
        if job.cancelled:
            break
        name = asked["operation"]
        job.progress(100 * index / (len(operations) + 1), name)
        answer = _perform(work, index, asked)
        if isinstance(answer, Picture):
            work = Work(work.source, answer)
        else:
            reports.append({"index": index, "operation": name, **answer})
    return work.picture, reports


def _perform(work: Work, index: int, asked: Parameters) -> Picture | Report:
    try:
        return OPERATIONS[asked["operation"]](work, asked)
    except Reject as error:
        raise Reject(f"/operations/{index} ({asked['operation']}): {error}") from error


def _save(job: JobContext, picture: Picture) -> dict[str, Any]:
    stored = job.files.save(picture.encoded, picture.format.media_type)
    width, height = picture.size
    return {
        "fileId": stored.file_id,
        "mediaType": stored.media_type,
        "width": width,
        "height": height,
        "bytes": stored.bytes,
        "sha256": stored.sha256,
    }
