"""What a file is: its type and, of text, the encoding and the line ends."""

import codecs
from io import BufferedIOBase
from typing import Any

from charset_normalizer import from_bytes

from shared.files import sniff
from worker_service.processors.file_processing.any_file.reading import as_it_stands, chunks
from worker_service.processors.file_processing.work import Parameters, Report, Work

HEAD = 64 * 1024  # bytes that a legacy encoding is guessed from
MARKS = (  # longest first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def identify(work: Work, _: Parameters) -> Report:
    """The media type is a hint, from the first bytes; so is an encoding but UTF-8 or one with a mark."""
    with as_it_stands(work) as content:
        head = content.read(HEAD)
        content.seek(0)
        report: dict[str, Any] = {"mediaType": sniff(head), "bytes": sum(map(len, chunks(content)))}
        encoding = _encoding(content, head)
        if encoding is None:
            return {**report, "text": False}
        content.seek(0)
        return {**report, "text": True, "encoding": encoding, "lineEndings": _line_ends(content, encoding)}


def _encoding(content: BufferedIOBase, head: bytes) -> str | None:
    """None for what is no text."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        return None
    if _decodes(content, "utf-8"):
        return "ascii" if head.isascii() and _decodes(content, "ascii") else "utf-8"
    best = from_bytes(head).best()
    return None if best is None else best.encoding.replace("_", "-")


def _decodes(content: BufferedIOBase, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    content.seek(0)
    try:
        for chunk in chunks(content):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _line_ends(content: BufferedIOBase, encoding: str) -> str:
    """`lf`, `crlf`, `cr`, `mixed`, or `none`."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    counts = {"crlf": 0, "lf": 0, "cr": 0}
    last = ""
    for chunk in chunks(content):
        text = last + decoder.decode(chunk)
        last = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r")
        pairs = text.count("\r\n")
        counts["crlf"] += pairs
        counts["lf"] += text.count("\n") - pairs
        counts["cr"] += text.count("\r") - pairs
    counts["cr"] += len(last)
    found = [name for name, count in counts.items() if count]
    return "mixed" if len(found) > 1 else (found or ["none"])[0]
