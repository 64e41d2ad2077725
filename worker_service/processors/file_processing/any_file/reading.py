"""The bytes of a file as it stands: as it came, or as the steps before would write it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from typing import IO

from worker_service.processors.file_processing.work import Work

CHUNK = 1024 * 1024


@contextmanager
def as_it_stands(work: Work) -> Iterator[BufferedIOBase]:
    """Open for reading from its beginning. Raises `Reject` where it cannot be written."""
    if work.product is None:
        work.file.content.seek(0)
        yield work.file.content
    else:
        with work.product.content() as content:
            yield content


def chunks(content: BufferedIOBase | IO[bytes]) -> Iterator[bytes]:
    """All of it, a piece at a time."""
    while chunk := content.read(CHUNK):
        yield chunk
