"""Operations on a file of any kind, each one small function, behind one table."""

from collections.abc import Mapping
from hashlib import file_digest

from worker_service.processors.file_processing.work import Parameters, Perform, Report, Work


def checksum(work: Work, _: Parameters) -> Report:
    """Of the file as it came, whatever it is, or as it would be written now."""
    if work.product is None:
        return {"sha256": work.file.sha256(), "bytes": work.file.stored.bytes}
    with work.product.content() as content:
        return {"sha256": file_digest(content, "sha256").hexdigest(), "bytes": content.seek(0, 2)}


OPERATIONS: Mapping[str, Perform] = {"checksum": checksum}
