"""What is learned of a content while it passes by: its size, its hash, its first bytes, and what it may not be."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from shared.errors import FileTooLarge
from shared.files.sniffing import SNIFFED
from shared.files.storage import BLOCK, Blocks


class Intake:
    """At most `limit` bytes pass; `check` may refuse, by an exception, what all of them are."""

    def __init__(self, limit: int, check: "Callable[[Intake], None]" = lambda _: None) -> None:
        self.limit = limit
        self._check = check
        self.count = 0
        self.head = bytearray()
        self.sha256 = hashlib.sha256()
        self.failure: Exception | None = None  # of the sender, not of our storage

    async def blocks(self, chunks: Blocks) -> AsyncIterator[bytes]:
        """The same in blocks of about 1 MiB: each is looked at in a thread, since hashing takes its time."""
        block = bytearray()
        try:
            async for chunk in chunks:
                block += chunk
                if len(block) >= BLOCK:
                    yield await asyncio.to_thread(self._note, block)
                    block = bytearray()
        except Exception as error:  # noqa: BLE001 - it is raised below
            self.failure = error
        if block:  # what came before it broke off may be kept
            yield await asyncio.to_thread(self._note, block)
        if self.failure is None:
            self._judge()
        if self.failure is not None:
            raise self.failure

    def _judge(self) -> None:
        try:
            self._check(self)
        except Exception as error:  # noqa: BLE001 - it is raised by whoever asks
            self.failure = error

    def _note(self, block: bytearray) -> bytes:
        self.count += len(block)
        if self.count > self.limit:
            self.failure = FileTooLarge(self.limit)
            raise self.failure
        self.head += block[: SNIFFED - len(self.head)]
        self.sha256.update(block)
        return bytes(block)
