"""`file-processing`: a pipeline of operations on one file. Plain `def`: it computes, so it runs in a child process.

What the operations made of the file is written after the last one, so an attempt that fails or is stopped half way
leaves no file.
"""

from typing import Any

from shared.errors import FileNotFound
from shared.files import StoredFile
from shared.job_types.file_processing import FILE_PROCESSING
from worker_service.processors import JobContext, Reject, processes
from worker_service.processors.file_processing.pipeline import run
from worker_service.processors.file_processing.work import File, Product, Work


@processes(FILE_PROCESSING)
def file_processing(job: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The files that were written, and what was reported. Raises `Reject` for a file or a step that cannot be."""
    stored = _find(job, payload["file_id"])
    with job.files.open(stored.file_id) as content:
        work, reports = run(Work(job, File(stored, content)), payload["operations"])
        if work.product is None or job.cancelled:
            return {"outputs": [], "reports": reports}
        job.progress(100 * len(payload["operations"]) / (len(payload["operations"]) + 1), "write the file")
        return {"outputs": [_save(job, work.product)], "reports": reports}


def _find(job: JobContext, file_id: str) -> StoredFile:
    try:
        return job.files.info(file_id)
    except FileNotFound as error:
        raise Reject(f"{error} Upload it with POST /api/files first.") from error


def _save(job: JobContext, product: Product) -> dict[str, Any]:
    with product.content() as content:
        stored = job.files.save(content.read(), product.media_type)
    return {
        "fileId": stored.file_id,
        "mediaType": stored.media_type,
        **product.facts,
        "bytes": stored.bytes,
        "sha256": stored.sha256,
    }
