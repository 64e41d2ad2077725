"""Operations on a file of any kind, each one small function, behind one table."""

from collections.abc import Mapping
from importlib import import_module

from worker_service.processors.file_processing.any_file.packing import compress, decompress
from worker_service.processors.file_processing.any_file.reports import checksum, identify
from worker_service.processors.file_processing.work import Parameters, Perform, Report, Work


def pdf_metadata(work: Work, asked: Parameters) -> Report:
    """Of a PDF. Its library is loaded for PDFs alone: it is large, and may not be installed."""
    report: Report = import_module(f"{__package__}.pdf").metadata(work, asked)
    return report


def pdf_text(work: Work, asked: Parameters) -> Report:
    """Of a PDF, likewise."""
    report: Report = import_module(f"{__package__}.pdf").text(work, asked)
    return report


OPERATIONS: Mapping[str, Perform] = {
    "checksum": checksum,
    "identify": identify,
    "pdf-metadata": pdf_metadata,
    "pdf-text": pdf_text,
    "compress": compress,
    "decompress": decompress,
}
