"""What was written becomes a file, in flat memory."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from os import SEEK_END
from typing import IO

from shared.files import StoredFile
from worker_service.processors import JobContext

PIECE = 1024 * 1024  # bytes that are saved at a time
LARGEST_OUTPUT = 64 * 1024**3  # bytes


def save(job: JobContext, pieces: Iterable[bytes], *, is_part: bool = False) -> StoredFile:
    """A file of these pieces. A part of a checkpoint is the job's alone, as its result is, and goes with it."""
    return asyncio.run(job.files.save_stream(_passing(pieces), LARGEST_OUTPUT, is_result=is_part))


def pieces_of(content: IO[bytes], start: int = 0) -> Iterator[bytes]:
    """A file from there to its end. It stands at its end, too, whenever a piece is given: more may be written to it."""
    while True:
        content.seek(start)
        piece = content.read(PIECE)
        content.seek(0, SEEK_END)
        if not piece:
            return
        start += len(piece)
        yield piece


def emptied(file: IO[bytes]) -> None:
    """Nothing is in it any more."""
    file.seek(0)
    file.truncate()


async def _passing(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
