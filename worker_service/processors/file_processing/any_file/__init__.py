"""Operations on a file of any kind, each one small function, behind one table.

Their libraries are loaded when they are asked for: a worker may lack them, and still tell checksums.
"""

from collections.abc import Mapping

from worker_service.processors.file_processing.any_file.checksum import checksum
from worker_service.processors.file_processing.work import Parameters, Perform, Product, Report, Work, load


def _later(module: str, name: str) -> Perform:
    def perform(work: Work, asked: Parameters) -> Product | Report:
        operation: Perform = getattr(load(f"{__package__}.{module}"), name)
        return operation(work, asked)

    return perform


OPERATIONS: Mapping[str, Perform] = {
    "compress": _later("packing", "compress"),
    "decompress": _later("packing", "decompress"),
    "checksum": checksum,
    "identify": _later("identify", "identify"),
    "pdfMetadata": _later("pdf", "metadata"),
    "pdfText": _later("pdf", "text"),
}
