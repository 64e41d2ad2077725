"""PDF (ISO 32000), by PDFium: in a child process only, with bounds on pages and characters."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pypdfium2 import PdfDocument, PdfiumError, PdfPage

from worker_service.processors import Reject
from worker_service.processors.file_processing.any_file.reading import as_it_stands
from worker_service.processors.file_processing.work import Parameters, Report, Work

MAX_BYTES = 200 * 1024 * 1024
MAX_PAGES = 1_000  # of one report
WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD
LONGEST_VALUE = 1_000  # characters of one entry
KEYS = {
    "title": "Title",
    "author": "Author",
    "subject": "Subject",
    "keywords": "Keywords",
    "creator": "Creator",
    "producer": "Producer",
    "createdAt": "CreationDate",
    "modifiedAt": "ModDate",
}


def metadata(work: Work, _: Parameters) -> Report:
    """How many pages, and what the document says of itself; dates as PDF writes them: D:20241231235959Z."""
    with _opened(work) as document:
        said = document.get_metadata_dict()
        version = document.get_version()
        entries = {name: _clean(said.get(key, ""))[:LONGEST_VALUE] for name, key in KEYS.items() if said.get(key)}
        return {"pages": len(document), "pdfVersion": f"{version / 10:.1f}" if version else None, "document": entries}


def text(work: Work, asked: Parameters) -> Report:
    """The text of each page, until there are too many characters. A scanned page has none."""
    with _opened(work) as document:
        first, last = _range(document, asked)
        left, pages = asked["max_characters"], []
        for number in range(first, last + 1):
            if left <= 0 or work.job.cancelled:
                break
            work.job.progress(100 * (number - first) / (last - first + 1), f"page {number}")
            found = _text(document, number, left + 1)
            pages.append({"page": number, "text": found[:left]})
            left -= len(found)
        truncated = left < 0 or len(pages) < last - first + 1
        return {"pages": len(document), "texts": pages, "truncated": truncated}


def _range(document: PdfDocument, asked: Parameters) -> tuple[int, int]:
    first, last = asked["first_page"], min(asked.get("last_page", len(document)), len(document))
    if first > len(document):
        raise Reject(f"The document has {len(document):,} pages; there is no page {first:,}.")
    if last - first + 1 > MAX_PAGES:
        raise Reject(f"That are {last - first + 1:,} pages; the limit of one report is {MAX_PAGES:,}.")
    return first, last


def _text(document: PdfDocument, number: int, most: int) -> str:
    try:
        page: PdfPage = document[number - 1]
        try:
            return _clean(_all_text(page, most))
        finally:
            page.close()
    except PdfiumError as error:
        raise Reject(f"Page {number:,} cannot be read: {error}") from error


def _all_text(page: PdfPage, most: int) -> str:
    read: Any = page.get_textpage()
    try:
        return str(read.get_text_range(0, min(most, read.count_chars()))) if read.count_chars() else ""
    finally:
        read.close()


def _clean(text: str) -> str:
    """Without what is no Unicode text, and with one kind of line end."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\0", "")


@contextmanager
def _opened(work: Work) -> Iterator[PdfDocument]:
    if work.file.stored.bytes > MAX_BYTES:
        raise Reject(f"The file has {work.file.stored.bytes:,} bytes; a PDF is read up to {MAX_BYTES:,}.")
    with as_it_stands(work) as content:
        try:
            document = PdfDocument(content.read())
        except PdfiumError as error:
            if getattr(error, "err_code", None) == WRONG_PASSWORD:
                raise Reject("The document is encrypted, and opens with a password alone.") from error
            raise Reject("The file is no PDF that can be read.") from error
        try:
            yield document
        finally:
            document.close()
