"""What was written becomes a file, in flat memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import IO

from shared.files import StoredFile
from worker_service.processors import JobContext

PIECE = 1024 * 1024  # bytes that are saved at a time
LARGEST_OUTPUT = 64 * 1024**3  # bytes


def save(job: JobContext, pieces: Iterable[bytes]) -> StoredFile:
    """A file of these pieces."""
    return asyncio.run(job.files.save_stream(_passing(pieces), LARGEST_OUTPUT))


def pieces_of(content: IO[bytes], start: int = 0) -> Iterator[bytes]:
    """A file from there to its end, where it stands then."""
    content.seek(start)
    while piece := content.read(PIECE):
        yield piece


def emptied(file: IO[bytes]) -> None:
    """Nothing is in it any more."""
    file.seek(0)
    file.truncate()


async def _passing(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
