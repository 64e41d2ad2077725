"""Files in an object store (Amazon S3 and what speaks like it, Google Cloud Storage, Azure), by obstore.

How to get in stands in the environment, as the store's own tools have it (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, ...). An
object store has no links: equal contents are kept as often as they come. It can add to no object either, so a pending
content is kept in parts, `KEY/OFFSET`, each written only where no part is.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedReader, FileIO
from itertools import islice
from pathlib import Path
from typing import Any

import obstore
from obstore import exceptions
from obstore.store import ObjectStore, from_url

from shared.errors import WrongOffset
from shared.files.storage import BLOCK, Blocks, Entry, Tap
from shared.scratch import scratch

PARTS_IN_FLIGHT = 2  # of 5 MiB each: what an upload holds in memory
PART = 8 * BLOCK  # of a pending content
LISTED = 1_000  # in one call


class Objects:
    """The objects under a URL such as `s3://bucket/prefix`. Connects when it is first used."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = from_url(url)

    def get(self, key: str) -> bytes:
        """A few bytes."""
        with _errors():
            return bytes(obstore.get(self._store, key).bytes())

    def open(self, key: str) -> BufferedReader:
        """A local copy of a content, which goes when it is closed; if its process was killed, with a later one."""
        with ExitStack() as closing:
            path = closing.enter_context(scratch()) / "content"
            with path.open("wb") as copy, _errors():
                for block in obstore.get(self._store, key).stream(BLOCK):
                    copy.write(block)
            return _Fetched(FileIO(path), closing.pop_all())

    def save(self, key: str, content: bytes | Path) -> None:
        """Keep these bytes, or those of a local file of any size."""
        with _errors():
            obstore.put(self._store, key, content, max_concurrency=PARTS_IN_FLIGHT)

    def delete(self, key: str) -> None:
        """Remove what is there, if anything is."""
        with suppress(FileNotFoundError), _errors():
            obstore.delete(self._store, key)

    def tenants(self) -> list[str]:
        """Who has something here."""
        with _errors():
            return [prefix.rstrip("/") for prefix in obstore.list_with_delimiter(self._store)["common_prefixes"]]

    def names(self, folder: str, after: str = "", most: int | None = None) -> Iterator[str]:
        """The names in a folder, in order."""
        return islice((_name(found) for found in self._listed(folder, after)), most)

    def entries(self, folder: str) -> Iterator[Entry]:
        """The same with their sizes."""
        for found in self._listed(folder):
            yield Entry(_name(found), found["size"], _name(found))

    async def receive(self, key: str, blocks: Blocks) -> None:
        """Keep what arrives."""
        with _errors():
            await obstore.put_async(self._store, key, blocks, max_concurrency=PARTS_IN_FLIGHT)

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes]:
        """The bytes from `start` to before `end`."""
        if start >= end:
            return
        with _errors():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for block in found.stream(BLOCK):
                yield bytes(block)

    def unite(self, key: str, common: str) -> None:
        """It cannot."""

    def separate(self, key: str, common: str) -> None:  # noqa: ARG002 - as all places have it
        """Remove a content."""
        self.delete(key)

    def tidy(self, tenant: str, before: float) -> None:
        """Nothing is left half way: an object is there in whole, or not at all."""

    def arrived(self, key: str) -> int:
        """How many bytes of a pending content are there."""
        parts = self._parts(key)
        if not parts:
            raise FileNotFoundError(key)
        return sum(part["size"] for part in parts)

    def begin(self, key: str) -> None:
        """A pending content of no bytes: a part of its own says that it was begun."""
        self.save(f"{key}/begun", b"")

    async def append(self, key: str, offset: int, blocks: Blocks, check: Callable[[], object] = lambda: None) -> None:
        """Add what arrives, in parts. Of two who add at once, the second finds its place taken."""
        if (there := await asyncio.to_thread(self.arrived, key)) != offset:
            raise WrongOffset(there)
        buffer, put = bytearray(), offset
        try:
            async for block in blocks:
                buffer += block
                if len(buffer) >= PART:
                    await self._put_part(key, put, bytes(buffer))
                    put += len(buffer)
                    buffer.clear()
        finally:
            if buffer:
                await self._put_part(key, put, bytes(buffer))
        try:
            check()
        except BaseException:
            await asyncio.to_thread(self._cut, key, offset)
            raise

    def _cut(self, key: str, offset: int) -> None:
        """Take away the parts that begin there or later."""
        for part in self._parts(key):
            if _name(part).isdecimal() and int(_name(part)) >= offset:
                self.delete(part["path"])

    async def adopt(self, key: str, content: str, tap: Tap) -> None:
        """Have a pending content be a content: it is read, and written anew."""
        await self.receive(content, tap(self._pending(key)))
        await asyncio.to_thread(self.discard, key)

    def discard(self, key: str) -> None:
        """Remove a pending content, all its parts."""
        for part in self._parts(key):
            self.delete(part["path"])

    async def _put_part(self, key: str, offset: int, part: bytes) -> None:
        try:
            with _errors():
                await obstore.put_async(self._store, f"{key}/{offset:020d}", part, mode="create", use_multipart=False)
        except FileExistsError:
            raise WrongOffset(await asyncio.to_thread(self.arrived, key)) from None

    async def _pending(self, key: str) -> AsyncIterator[bytes]:
        for part in await asyncio.to_thread(self._parts, key):
            async for block in self.read(part["path"], 0, part["size"]):
                yield block

    def _parts(self, key: str) -> list[Any]:
        return sorted(self._listed(key), key=lambda part: str(part["path"]))

    def _listed(self, folder: str, after: str = "") -> Iterator[Any]:
        begin = f"{folder}/{after}" if after else None
        with _errors():
            for found in obstore.list(self._store, f"{folder}/", offset=begin, chunk_size=LISTED):
                yield from found


class _Fetched(BufferedReader):
    """A local copy, which goes when it is closed."""

    def __init__(self, raw: FileIO, closing: ExitStack) -> None:
        self._closing = closing
        super().__init__(raw)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._closing.close()


def _name(found: Any) -> str:  # noqa: ANN401 - obstore's
    return str(found["path"]).rpartition("/")[2]


@contextmanager
def _errors() -> Iterator[None]:
    """What obstore raises, in the words of the system."""
    try:
        yield
    except exceptions.NotFoundError as error:
        raise FileNotFoundError(str(error)) from error
    except exceptions.AlreadyExistsError as error:
        raise FileExistsError(str(error)) from error
    except exceptions.BaseError as error:
        raise OSError(str(error)) from error
